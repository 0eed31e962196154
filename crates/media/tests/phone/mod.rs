//! A HEIC file as phones write them, but for what its tiles hold.

/// A box of this kind.
pub fn boxed(kind: &[u8; 4], parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    [&(content.len() as u32 + 8).to_be_bytes(), &kind[..], &content].concat()
}

fn item(id: u16, kind: &[u8; 4]) -> Vec<u8> {
    boxed(b"infe", &[&[2, 0, 0, 0], &id.to_be_bytes(), &[0, 0], kind, &[0]])
}

fn ispe(width: u32, height: u32) -> Vec<u8> {
    boxed(b"ispe", &[&[0; 4], &width.to_be_bytes(), &height.to_be_bytes()])
}

/// What a decoder is told of a tile: a parameter set that announces 512 by 512 pixels, the numbers that stand at its end.
pub fn decoder() -> Vec<u8> {
    let set = [&b"\x42\x01\x01"[..], &[0x5A; 12], b"\xA0\x04\x02\x00\x80\x60"].concat();
    [&[1; 22][..], &[1, 0xA1, 0, 1, 0, set.len() as u8], &set].concat()
}

/// A file as phones write them: item 5 is a grid of four tiles, turned by `turns`; item 6 a small picture of it.
pub fn phone(turns: &[Vec<u8>], thumbnail: (u32, u32)) -> Vec<u8> {
    let brands = boxed(b"ftyp", &[b"heic\0\0\0\0mif1heic"]);
    let data: [&[u8]; 6] =
        [b"tile one", b"tile two", b"tile three", b"tile four", &[0, 0, 1, 1, 3, 0x84, 2, 0x58], b"small"];
    let properties = [
        [boxed(b"hvcC", &[&decoder()]), boxed(b"colr", &[b"profRGB"])].concat(),
        [ispe(512, 512), ispe(900, 600), ispe(thumbnail.0, thumbnail.1)].concat(),
        turns.concat(),
    ];
    // Of each item, the numbers of its properties, the first bit set as if all were essential.
    let turned: Vec<u8> = (0..turns.len() as u8).map(|turn| 0x86 + turn).collect();
    let mut owned: Vec<Vec<u8>> = (1..=4).map(|_| vec![0x81, 0x83]).collect();
    owned.push([&[0x82, 0x84][..], &turned].concat());
    owned.push([&[0x81, 0x82, 0x85][..], &turned].concat());
    let mut associations = [[0; 4], 6_u32.to_be_bytes()].concat();
    for (number, owned) in owned.iter().enumerate() {
        associations.extend([0, number as u8 + 1, owned.len() as u8]);
        associations.extend(owned);
    }
    let list: Vec<u8> = (1..=4).flat_map(|id| item(id, b"hvc1")).collect();
    let meta = |at: usize| {
        let mut places = vec![0, 0, 0, 0, 0x44, 0, 0, 6];
        let mut at = at as u32;
        for (number, data) in data.iter().enumerate() {
            places.extend([0, number as u8 + 1, 0, 0, 0, 1]);
            places.extend(at.to_be_bytes());
            places.extend((data.len() as u32).to_be_bytes());
            at += data.len() as u32;
        }
        boxed(
            b"meta",
            &[
                &[0; 4],
                &boxed(b"hdlr", &[&[0; 8], b"pict", &[0; 13]]),
                &boxed(b"pitm", &[&[0, 0, 0, 0, 0, 5]]),
                &boxed(b"iinf", &[&[0, 0, 0, 0, 0, 6], &list, &item(5, b"grid"), &item(6, b"hvc1")]),
                &boxed(
                    b"iref",
                    &[
                        &[0; 4],
                        &boxed(b"dimg", &[&[0, 5, 0, 4, 0, 1, 0, 2, 0, 3, 0, 4]]),
                        &boxed(b"thmb", &[&[0, 6, 0, 1, 0, 5]]),
                    ],
                ),
                &boxed(b"iprp", &[&boxed(b"ipco", &[&properties.concat()]), &boxed(b"ipma", &[&associations])]),
                &boxed(b"iloc", &[&places]),
            ],
        )
    };
    let at = brands.len() + meta(0).len() + 8;
    [brands, meta(at), boxed(b"mdat", &[&data.concat()])].concat()
}
