//! What a build keeps for the next one, beside the output.

use std::collections::HashSet;
use std::fs;

use super::Folder;

impl Folder {
    /// What the caller has kept under a name, if it is there.
    #[must_use]
    pub fn kept(&self, name: &str) -> Option<Vec<u8>> {
        fs::read(self.place.kept.join(name)).ok()
    }

    /// Keeps something for the next build, beside the output: this, under these names, and nothing else. What is given
    /// without bytes is kept already. What cannot be written is not kept: it only saves time.
    pub fn keep(&self, all: Vec<(String, Option<Vec<u8>>)>) {
        let root = &self.place.kept;
        let kept: HashSet<String> = all
            .into_iter()
            .filter_map(|(name, bytes)| {
                if let Some(bytes) = bytes {
                    fs::create_dir_all(root).ok()?;
                    let beside = root.join(format!("{name}.new"));
                    let written = fs::write(&beside, bytes).and_then(|()| fs::rename(&beside, root.join(&name)));
                    written.inspect_err(|_| drop(fs::remove_file(&beside))).ok()?;
                }
                Some(name)
            })
            .collect();
        for item in fs::read_dir(root).into_iter().flatten().flatten() {
            if !item.file_name().to_str().is_some_and(|name| kept.contains(name)) {
                let _ = fs::remove_file(item.path());
            }
        }
    }
}
