//! README.md is the map of the house: what it names is there.

use std::{fs, path::Path};

const ROOTS: [&str; 5] = ["appservice-sdk/", "bridges/", "registrations/", "server/", "tests/"];

#[test]
fn every_path_in_the_readme_exists() {
    let house = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = fs::read_to_string(house.join("README.md")).unwrap();
    let quoted = readme.split('`').skip(1).step_by(2);
    let linked = readme.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let paths: Vec<_> = quoted.chain(linked).filter(|text| ROOTS.iter().any(|root| text.starts_with(root))).collect();
    assert!(paths.len() > 10, "the README names no paths: {paths:?}");
    let absent: Vec<_> = paths.iter().filter(|path| !house.join(path).exists()).collect();
    assert!(absent.is_empty(), "the README names what is not there: {absent:?}");
}
