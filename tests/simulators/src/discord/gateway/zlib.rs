//! The transport compression of `?compress=zlib-stream`: one zlib stream for the whole connection, flushed after
//! each message. Nothing is really compressed: DEFLATE's stored blocks are a valid stream (RFC 1950, 1951 § 3.2.4).

/// The stream so far needs its header only once.
#[derive(Debug, Default)]
pub(crate) struct ZlibStream {
    begun: bool,
}

impl ZlibStream {
    /// The bytes of one message, ending in the flush that clients wait for.
    pub(crate) fn pack(&mut self, message: &[u8]) -> Vec<u8> {
        let mut packed = Vec::with_capacity(message.len() + 16);
        if !self.begun {
            packed.extend([0x78, 0x01]);
            self.begun = true;
        }
        stored_blocks(&mut packed, message);
        packed.extend([0, 0, 0, 0xFF, 0xFF]);
        packed
    }
}

/// Appends `data` as blocks that are not the last.
pub(crate) fn stored_blocks(packed: &mut Vec<u8>, data: &[u8]) {
    for block in data.chunks(0xFFFF) {
        let length = u16::try_from(block.len()).unwrap_or(u16::MAX);
        packed.push(0);
        packed.extend(length.to_le_bytes());
        packed.extend((!length).to_le_bytes());
        packed.extend(block);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_first_message_has_the_header_and_all_end_in_a_flush() {
        let mut stream = ZlibStream::default();
        assert_eq!(stream.pack(b"ab"), [0x78, 1, 0, 2, 0, 0xFD, 0xFF, b'a', b'b', 0, 0, 0, 0xFF, 0xFF]);
        assert_eq!(stream.pack(b"c"), [0, 1, 0, 0xFE, 0xFF, b'c', 0, 0, 0, 0xFF, 0xFF]);
    }
}
