use serde::{
    Deserializer,
    de::{
        DeserializeSeed, EnumAccess, IgnoredAny, IntoDeserializer, VariantAccess, Visitor, value,
    },
    forward_to_deserialize_any,
};
use serde_json::Error;

/// Reads an enum whose variant is known and whose content is JSON.
pub struct VariantDeserializer<'de> {
    variant: &'static str,
    data: &'de [u8],
}

impl<'de> VariantDeserializer<'de> {
    /// The variant's name in the enum and the bytes of its content.
    pub fn new(variant: &'static str, data: &'de [u8]) -> Self {
        Self { variant, data }
    }
}

impl<'de> Deserializer<'de> for VariantDeserializer<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_enum(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier
        ignored_any
    }
}

impl<'de> EnumAccess<'de> for VariantDeserializer<'de> {
    type Error = Error;
    type Variant = Content<'de>;

    fn variant_seed<V: DeserializeSeed<'de>>(
        self,
        seed: V,
    ) -> Result<(V::Value, Content<'de>), Error> {
        let name: value::StrDeserializer<'static, Error> = self.variant.into_deserializer();
        Ok((seed.deserialize(name)?, Content(self.data)))
    }
}

/// The bytes of a variant's content.
pub struct Content<'de>(&'de [u8]);

impl<'de> Content<'de> {
    /// Reads one JSON value and nothing behind it.
    fn read<T>(
        self,
        read: impl FnOnce(
            &mut serde_json::Deserializer<serde_json::de::SliceRead<'de>>,
        ) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut json = serde_json::Deserializer::from_slice(self.0);
        let value = read(&mut json)?;
        json.end()?;
        Ok(value)
    }
}

impl<'de> VariantAccess<'de> for Content<'de> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        serde_json::from_slice::<IgnoredAny>(self.0).map(drop)
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Error> {
        self.read(|json| seed.deserialize(json))
    }

    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Error> {
        self.read(|json| json.deserialize_tuple(len, visitor))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.read(|json| json.deserialize_struct("", fields, visitor))
    }
}
