//! Making pictures smaller. Pure but for reading the original.

use std::{io::BufReader, path::Path};

use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, imageops::FilterType};

/// Types pictures are made smaller of.
pub const KINDS: [&str; 4] = ["image/png", "image/jpeg", "image/gif", "image/webp"];

/// A size from the list that is kept, so that clients asking for a pixel more or less share one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// Filled and cut, instead of fitted.
    pub crop: bool,
}

/// The sizes that are made (client-server API, «Thumbnails»).
const SIZES: [Size; 5] = [
    Size { width: 32, height: 32, crop: true },
    Size { width: 96, height: 96, crop: true },
    Size { width: 320, height: 240, crop: false },
    Size { width: 640, height: 480, crop: false },
    Size { width: 800, height: 600, crop: false },
];

impl Size {
    /// The smallest size that is at least what is wanted, of the wanted kind; else the largest.
    #[must_use]
    pub fn wanted(width: u32, height: u32, crop: bool) -> Self {
        let enough = |size: &&Self| size.width >= width && size.height >= height;
        let of_kind = SIZES.iter().find(|size| enough(size) && (size.crop || !crop));
        let size = of_kind.or(SIZES.last()).copied().unwrap_or(SIZES[4]);
        Self { crop, ..size }
    }
}

/// The picture in `original` as a smaller PNG; none if it is small enough as it is. The answer is why it cannot be done.
pub fn smaller(original: &Path, wanted: Size) -> Result<Option<Vec<u8>>, String> {
    let file = std::fs::File::open(original).map_err(|error| error.to_string())?;
    let mut reader = ImageReader::new(BufReader::new(file)).with_guessed_format().map_err(|error| error.to_string())?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(16_384);
    limits.max_image_height = Some(16_384);
    limits.max_alloc = Some(256 << 20);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|error| error.to_string())?;
    let (width, height) = decoder.dimensions();
    if width <= wanted.width && height <= wanted.height {
        return Ok(None);
    }
    let turned = decoder.orientation().map_err(|error| error.to_string())?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(|error| error.to_string())?;
    picture.apply_orientation(turned);
    let picture = if wanted.crop {
        picture.resize_to_fill(wanted.width, wanted.height, FilterType::Triangle)
    } else {
        picture.resize(wanted.width, wanted.height, FilterType::Triangle)
    };
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Png).map_err(|error| error.to_string())?;
    Ok(Some(bytes.into_inner()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_rounded_up_to_those_kept() {
        for (asked, expected) in [
            ((10, 10, true), (32, 32)),
            ((96, 90, true), (96, 96)),
            ((300, 200, false), (320, 240)),
            ((9000, 9000, false), (800, 600)),
        ] {
            let size = Size::wanted(asked.0, asked.1, asked.2);
            assert_eq!((size.width, size.height, size.crop), (expected.0, expected.1, asked.2), "{asked:?}");
        }
    }

    #[test]
    fn a_picture_is_fitted_and_never_made_larger() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("p");
        DynamicImage::new_rgb8(1000, 500).save_with_format(&file, ImageFormat::Png).unwrap();
        let made = smaller(&file, Size { width: 320, height: 240, crop: false }).unwrap().unwrap();
        let made = image::load_from_memory(&made).unwrap();
        assert_eq!((made.width(), made.height()), (320, 160));
        assert!(smaller(&file, Size { width: 2000, height: 2000, crop: false }).unwrap().is_none());
        std::fs::write(&file, "no picture").unwrap();
        assert!(smaller(&file, Size { width: 32, height: 32, crop: true }).is_err());
    }
}
