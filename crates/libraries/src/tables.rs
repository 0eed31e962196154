//! What tables and columns a database has.
//!
//! Photos changes tables, columns and even the numbers in the names of join tables with every version, so that a reader
//! asks the database itself and never a version number.

use std::collections::HashMap;

use rusqlite::Connection;

/// Tables and their columns, in upper case. Views are left out: Photos has none, and one could run for ever.
#[derive(Debug)]
pub(crate) struct Tables(HashMap<String, Vec<String>>);

/// A table that joins two others, with the columns that point to them.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Join {
    pub table: String,
    pub left: String,
    pub right: String,
}

/// The tables of a database that stays open, read again only when they changed.
#[derive(Debug, Default)]
pub(crate) struct Schema(Option<(i64, Tables)>);

impl Schema {
    /// The tables as they are now: SQLite counts the changes of a schema.
    pub fn tables(&mut self, connection: &Connection) -> rusqlite::Result<&Tables> {
        let version = connection.query_row("PRAGMA schema_version", [], |row| row.get(0))?;
        let (_, tables) = match self.0.take().filter(|(known, _)| *known == version) {
            Some(known) => self.0.insert(known),
            None => self.0.insert((version, Tables::read(connection)?)),
        };
        Ok(tables)
    }
}

impl Tables {
    /// Asks the database.
    pub fn read(connection: &Connection) -> rusqlite::Result<Self> {
        let mut statement = connection.prepare(
            "SELECT upper(m.name), upper(c.name) FROM sqlite_master m, pragma_table_info(m.name) c \
             WHERE m.type = 'table' AND m.name LIKE 'Z%'",
        )?;
        let mut tables: HashMap<String, Vec<String>> = HashMap::new();
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            tables.entry(row.get(0)?).or_default().push(row.get(1)?);
        }
        Ok(Self(tables))
    }

    /// Whether there is such a table.
    pub fn has(&self, table: &str) -> bool {
        self.0.contains_key(table)
    }

    /// The table of assets: `ZGENERICASSET` in macOS 10.15, `ZASSET` since.
    pub fn asset(&self) -> Option<&'static str> {
        ["ZASSET", "ZGENERICASSET"].into_iter().find(|table| self.has(table))
    }

    /// Whether this table has this column.
    pub fn has_column(&self, table: &str, column: &str) -> bool {
        self.0.get(table).is_some_and(|columns| columns.iter().any(|c| c == column))
    }

    /// An SQL expression for the first of these columns that is filled; `NULL` where the table has none of them.
    pub fn expression(&self, table: &str, alias: &str, columns: &[&str]) -> String {
        let there: Vec<String> = columns
            .iter()
            .filter(|column| self.has_column(table, column))
            .map(|column| format!("{alias}.{column}"))
            .collect();
        match there.as_slice() {
            [] => "NULL".to_owned(),
            [one] => one.clone(),
            several => format!("coalesce({})", several.join(", ")),
        }
    }

    /// The join table `Z_<n><name>` with columns `Z_<n><left>` and `Z_<n><right>`. Test-26.1 has ten tables that end in
    /// `ASSETS`; only the one with digits and nothing else before it holds the albums' photos.
    pub fn join(&self, name: &str, left: &str, right: &str) -> Option<Join> {
        let mut found: Vec<Join> = self
            .0
            .iter()
            .filter(|(table, _)| is_numbered(table, name))
            .filter_map(|(table, columns)| {
                let column = |suffix| columns.iter().find(|column| is_numbered(column, suffix)).cloned();
                Some(Join { table: table.clone(), left: column(left)?, right: column(right)? })
            })
            .collect();
        found.sort_by(|a, b| a.table.cmp(&b.table));
        found.into_iter().next()
    }
}

/// Whether a name is `Z_`, digits and then exactly this suffix.
fn is_numbered(name: &str, suffix: &str) -> bool {
    name.strip_prefix("Z_")
        .and_then(|rest| rest.strip_suffix(suffix))
        .is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn join_tables_are_found_by_pattern() {
        let connection = Connection::open_in_memory().expect("memory");
        connection
            .execute_batch(
                "CREATE TABLE Z_3MEMORIESBEINGCURATEDASSETS (Z_3ALBUMS INTEGER, Z_4ASSETS INTEGER);
                 CREATE TABLE Z_26ASSETS (Z_26ALBUMS INTEGER, Z_34ASSETS INTEGER, Z_FOK_34ASSETS INTEGER);
                 CREATE TABLE ZGENERICASSET (Z_PK INTEGER PRIMARY KEY, ZMASTER INTEGER);
                 CREATE VIEW ZASSET AS SELECT 1;",
            )
            .expect("SQL");
        let tables = Tables::read(&connection).expect("schema");
        let join = tables.join("ASSETS", "ALBUMS", "ASSETS").expect("a join table");
        assert_eq!((join.left.as_str(), join.right.as_str()), ("Z_26ALBUMS", "Z_34ASSETS"));
        assert_eq!(tables.join("KEYWORDS", "ASSETATTRIBUTES", "KEYWORDS"), None);
        assert_eq!(tables.asset(), Some("ZGENERICASSET"), "a view is no table");
        assert_eq!(tables.expression("ZGENERICASSET", "a", &["ZMASTER", "ZNOTHING"]), "a.ZMASTER");
        assert_eq!(tables.expression("ZGENERICASSET", "a", &["ZNOTHING"]), "NULL");
    }
}
