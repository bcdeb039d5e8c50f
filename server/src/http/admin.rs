//! Administration, in the forms that scripts already know.

pub mod register;
