//! A real PNG, made by hand: one colour, 64 pixels square. <https://www.w3.org/TR/png-3/>

use super::gateway::zlib::stored_blocks;

const SIDE: u32 = 64;

/// The picture's bytes.
pub(crate) fn square(colour: [u8; 3]) -> Vec<u8> {
    let row: Vec<u8> = [0].into_iter().chain(colour.into_iter().cycle().take(SIDE as usize * 3)).collect();
    let pixels = row.repeat(SIDE as usize);
    let mut data = vec![0x78, 0x01];
    stored_blocks(&mut data, &pixels);
    data.extend([1, 0, 0, 0xFF, 0xFF]);
    data.extend(adler32(&pixels).to_be_bytes());
    let mut header = Vec::with_capacity(13);
    header.extend(SIDE.to_be_bytes());
    header.extend(SIDE.to_be_bytes());
    header.extend([8, 2, 0, 0, 0]);
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    for (kind, body) in [(b"IHDR", header), (b"IDAT", data), (b"IEND", vec![])] {
        chunk(&mut png, kind, &body);
    }
    png
}

/// Width and height of a PNG, GIF or JPEG; none for anything else.
pub(crate) fn dimensions(bytes: &[u8]) -> Option<(u32, u32)> {
    let big = |at: usize| Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    let little = |at: usize| Some(u32::from(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?)));
    if bytes.starts_with(b"\x89PNG") {
        return Some((big(16)?, big(20)?));
    }
    if bytes.starts_with(b"GIF8") {
        return Some((little(6)?, little(8)?));
    }
    if bytes.starts_with(&[0xFF, 0xD8]) { jpeg(bytes) } else { None }
}

/// Walks the segments of a JPEG to its frame header.
fn jpeg(bytes: &[u8]) -> Option<(u32, u32)> {
    let short = |at: usize| Some(u32::from(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?)));
    let mut at = 2;
    while *bytes.get(at)? == 0xFF {
        match *bytes.get(at + 1)? {
            0xC0..=0xC3 | 0xC5..=0xC7 | 0xC9..=0xCB | 0xCD..=0xCF => return Some((short(at + 7)?, short(at + 5)?)),
            _ => at += 2 + short(at + 2)? as usize,
        }
    }
    None
}

fn chunk(png: &mut Vec<u8>, kind: &[u8; 4], body: &[u8]) {
    png.extend(u32::try_from(body.len()).unwrap_or(0).to_be_bytes());
    let checked = [kind.as_slice(), body].concat();
    png.extend(&checked);
    png.extend(crc32(&checked).to_be_bytes());
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 })
    })
}

fn adler32(bytes: &[u8]) -> u32 {
    let (a, b) = bytes.iter().fold((1, 0), |(a, b): (u32, u32), byte| {
        let a = (a + u32::from(*byte)) % 65_521;
        (a, (b + a) % 65_521)
    });
    (b << 16) | a
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_agree_with_their_published_examples() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
        assert_eq!(adler32(b"Wikipedia"), 0x11E6_0398);
    }

    #[test]
    fn the_size_of_pictures_is_read_from_their_headers() {
        assert_eq!(dimensions(&square([1, 2, 3])), Some((64, 64)));
        assert_eq!(dimensions(b"GIF89a\x02\x01\x03\x00"), Some((258, 3)));
        let jpeg = [0xFF, 0xD8, 0xFF, 0xE0, 0, 4, 0, 0, 0xFF, 0xC0, 0, 11, 8, 0, 9, 0, 7, 0];
        assert_eq!(dimensions(&jpeg), Some((7, 9)));
        assert_eq!(dimensions(b"text"), None);
    }
}
