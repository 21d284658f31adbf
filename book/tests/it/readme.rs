use crate::support::{book, project, read};

#[test]
fn the_readme_shows_what_is_compiled_and_checked() {
    let readme = read(&project().join("README.md"));
    let (bank, trail) = ("examples/bank/src/main.rs", "shown/compensated.txt");
    for file in [project().join(bank), book().join(trail)] {
        assert!(
            readme.contains(&read(&file)),
            "README.md shows another text than {}",
            file.display()
        );
    }
}
