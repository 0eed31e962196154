//! How a picture has to be turned before it is shown.

/// A mirroring from left to right, or none, and then turns by a quarter to the right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Turn {
    mirrored: bool,
    quarters: u8,
}

/// What EXIF's numbers from 1 to 8 mean.
const EXIF: [(bool, u8); 8] =
    [(false, 0), (true, 0), (false, 2), (true, 2), (true, 3), (false, 1), (true, 1), (false, 3)];

impl Turn {
    /// What EXIF's number says; a number without meaning says nothing.
    pub fn from_exif(number: u64) -> Self {
        let place = usize::try_from(number).ok().and_then(|number| number.checked_sub(1));
        let (mirrored, quarters) = place.and_then(|place| EXIF.get(place)).copied().unwrap_or_default();
        Self { mirrored, quarters }
    }

    /// The same as a number of EXIF's.
    pub fn exif(self) -> u8 {
        let place = EXIF.iter().position(|&meaning| meaning == (self.mirrored, self.quarters));
        place.map_or(1, |place| place as u8 + 1)
    }

    /// Followed by turns to the left.
    pub(super) fn then_left(self, quarters: u8) -> Self {
        Self { quarters: (self.quarters + 4 - quarters % 4) % 4, ..self }
    }

    /// Followed by a mirroring from left to right.
    pub(super) fn then_mirrored(self) -> Self {
        Self { mirrored: !self.mirrored, quarters: (4 - self.quarters) % 4 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where the corners of a square come to lie that stood top left, top right, bottom right, bottom left.
    fn corners(turn: Turn) -> String {
        let mut corners = ['1', '2', '3', '4'];
        if turn.mirrored {
            corners = [corners[1], corners[0], corners[3], corners[2]];
        }
        corners.rotate_right(turn.quarters.into());
        corners.iter().collect()
    }

    #[test]
    fn exifs_numbers_name_the_edges_of_the_scene() {
        // By EXIF's words, the stored rows and columns are these edges of the scene; so for 6, whose first row is the
        // right edge and whose first column is the top, the stored top left corner belongs at the top right.
        for (number, shown) in
            [(1, "1234"), (2, "2143"), (3, "3412"), (4, "4321"), (5, "1432"), (6, "4123"), (7, "3214"), (8, "2341")]
        {
            assert_eq!(corners(Turn::from_exif(number)), shown, "{number}");
            assert_eq!(u64::from(Turn::from_exif(number).exif()), number);
        }
        for nothing in [0, 9, u64::MAX] {
            assert_eq!(Turn::from_exif(nothing), Turn::default());
        }
    }

    #[test]
    fn turns_follow_each_other() {
        let upright = Turn::default();
        assert_eq!(upright.then_left(3).exif(), 6);
        assert_eq!(upright.then_left(1).exif(), 8);
        assert_eq!(upright.then_left(1).then_left(3), upright);
        assert_eq!(upright.then_mirrored().exif(), 2);
        // Mirrored from left to right after half a turn: upside down.
        assert_eq!(upright.then_left(2).then_mirrored().exif(), 4);
        assert_eq!(corners(upright.then_left(3).then_mirrored()), "1432");
        assert_eq!(upright.then_left(1).then_mirrored().then_mirrored().exif(), 8);
    }
}
