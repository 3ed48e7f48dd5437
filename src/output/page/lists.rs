//! What pages of content show of others: the categories of the FAQ, the pages below a folder.

use tera::Value;

use super::{frame::extra, object::Object};
use crate::{
    output::{Press, press},
    site::Page as ContentPage,
};

impl Press<'_> {
    /// The attributes of text that exists in the default language only.
    pub(super) fn foreign(&self) -> String {
        press::foreign(self.site, self.edition, self.theme)
    }

    /// The attributes of text out of a page.
    pub(super) fn attributes(&self, page: &ContentPage<'_>) -> String {
        if page.fallback { self.foreign() } else { String::new() }
    }

    /// The FAQ's categories with their questions.
    pub(super) fn categories(&self, current: Option<usize>) -> Value {
        let category = |&index: &usize| -> Option<Value> {
            let page = self.edition.pages.get(index)?;
            let questions: Vec<Value> = self
                .edition
                .questions
                .iter()
                .enumerate()
                .filter(|(_, question)| question.page == index)
                .filter_map(|(number, question)| {
                    Some(
                        Object::new()
                            .with("title", question.heading.title.as_str())
                            .with("url", self.site.config.rooted(self.edition.question_address(number)?))
                            .into(),
                    )
                })
                .collect();
            Some(
                Object::new()
                    .with("title", page.title)
                    .with("url", self.rooted(&page.path))
                    .maybe("description", page.doc.front.description.as_deref())
                    .with("extra", extra(page.doc.front.extra.as_ref()))
                    .with("text_attributes", self.attributes(page))
                    .with("questions", questions)
                    .with("current", current == Some(index))
                    .into(),
            )
        };
        self.edition.categories.iter().filter_map(category).collect::<Vec<_>>().into()
    }

    /// The pages right below a folder, in order.
    pub(super) fn children(&self, folder: &str) -> Value {
        let mut children: Vec<_> =
            self.edition.pages.iter().filter(|page| page.parent() == folder && page.path != folder).collect();
        children.sort_by_key(|page| page.rank());
        let child = |page: &ContentPage<'_>| -> Value {
            Object::new()
                .with("title", page.title)
                .with("url", self.rooted(&page.path))
                .maybe("description", page.doc.front.description.as_deref())
                .with("extra", extra(page.doc.front.extra.as_ref()))
                .with("text_attributes", self.attributes(page))
                .into()
        };
        children.into_iter().map(child).collect::<Vec<_>>().into()
    }
}
