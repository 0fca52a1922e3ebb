//! Element types of the safetensors format.

macro_rules! dtypes {
    ($($name:ident $text:literal $bits:literal),* $(,)?) => {
        /// Element type as written in a header, in the format's own order (the order in which its
        /// writers sort tensors, descending).
        #[allow(non_camel_case_types)]
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Dtype { $($name),* }

        impl Dtype {
            pub const ALL: &'static [Dtype] = &[$(Dtype::$name),*];

            /// The type named `text` in a header; names are exact, `f32` is not `F32`.
            pub fn parse(text: &[u8]) -> Option<Self> {
                $(if text == $text.as_bytes() { return Some(Self::$name); })*
                None
            }

            /// Name in a header.
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => $text),* }
            }

            /// Bits of one element; 4 and 6 are packed.
            pub fn bits(self) -> u64 {
                match self { $(Self::$name => $bits),* }
            }
        }
    };
}

dtypes! {
    Bool "BOOL" 8, F4 "F4" 4, F6_E2M3 "F6_E2M3" 6, F6_E3M2 "F6_E3M2" 6, U8 "U8" 8, I8 "I8" 8,
    F8_E5M2 "F8_E5M2" 8, F8_E4M3 "F8_E4M3" 8, F8_E8M0 "F8_E8M0" 8, F8_E4M3FNUZ "F8_E4M3FNUZ" 8,
    F8_E5M2FNUZ "F8_E5M2FNUZ" 8, I16 "I16" 16, U16 "U16" 16, F16 "F16" 16, BF16 "BF16" 16,
    I32 "I32" 32, U32 "U32" 32, F32 "F32" 32, C64 "C64" 64, F64 "F64" 64, I64 "I64" 64,
    U64 "U64" 64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip_and_are_exact() {
        for &dtype in Dtype::ALL {
            assert_eq!(Dtype::parse(dtype.name().as_bytes()), Some(dtype));
            assert_eq!(Dtype::parse(dtype.name().to_lowercase().as_bytes()), None);
        }
        assert_eq!(Dtype::ALL.len(), 22);
        assert_eq!(Dtype::parse(b""), None);
        assert_eq!(Dtype::parse(b"F32 "), None);
    }

    #[test]
    fn order_is_by_growing_size_as_writers_need_it() {
        let whole = Dtype::ALL.iter().filter(|dtype| dtype.bits() >= 8);
        let bits: Vec<u64> = whole.map(|dtype| dtype.bits()).collect();
        assert!(bits.windows(2).all(|pair| pair[0] <= pair[1]));
    }
}
