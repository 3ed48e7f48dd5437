//! The file around a certificate's page: fonts, links, what each part is, and who made it.
//!
//! The tree at the end tells of each numbered part of the page what it is: heading,
//! paragraph, picture with words for it, link. That is what lets a screen reader read
//! the page. Nothing here depends on time: there are no dates, and identifiers are
//! hashes.

use flate2::Compression;
use pdf_writer::{
    Chunk, Content, Filter, Finish, Name, Pdf, Rect, Ref, Str, TextStr,
    types::{ActionType, AnnotationFlags, AnnotationType, StructRole, TabOrder},
    writers::StructTreeRoot,
};

use super::{Ground, paper::Paper, typefaces::compress};
use crate::output::drawn::{DrawError, Text, escape_xml};

const PRODUCER: &str = concat!("bonafide ", env!("CARGO_PKG_VERSION"));

impl Paper<'_> {
    /// The whole file.
    pub(super) fn finish(mut self, ground: &Ground, text: &Text<'_>, revision: &[u8]) -> Result<Vec<u8>, DrawError> {
        let mut pdf = Pdf::with_capacity(ground.chunk.len() + 48 * 1024);
        pdf.extend(&ground.chunk);
        let mut next = ground.next;
        let [catalog, pages, page, content, info, metadata, tree, document] = std::array::from_fn(|_| next.bump());
        let mut fonts = Vec::new();
        for (index, used) in &self.used {
            let Some(face) = self.fonts.face(*index) else { continue };
            fonts.push((*index, used.write(face, *index, self.typefaces, &mut pdf, &mut next)?));
        }
        for (hundredths, id) in &mut self.opacities {
            *id = next.bump();
            pdf.ext_graphics(*id).non_stroking_alpha(f32::from(*hundredths) / 100.0);
        }
        let packed = compress(&std::mem::replace(&mut self.content, Content::new()).finish(), Compression::default());
        pdf.stream(content, &packed).filter(Filter::FlateDecode);

        let links: Vec<Ref> = self.links.iter().map(|_| next.bump()).collect();
        self.structure(&mut pdf, &mut next, [tree, document, page], &links);
        for (index, (link, id)) in self.links.iter().zip(&links).enumerate() {
            let mut annotation = pdf.annotation(*id);
            annotation.subtype(AnnotationType::Link).rect(link.place).border(0.0, 0.0, 0.0, None);
            annotation.flags(AnnotationFlags::PRINT).contents(TextStr(&link.address)).struct_parent(key(index));
            annotation.action().action_type(ActionType::Uri).uri(Str(ascii(&link.address).as_bytes()));
        }

        pdf.pages(pages).kids([page]).count(1);
        let points = |units: f32| (units * self.shape.scale * 100.0).round() / 100.0;
        let (width, height) = (points(self.shape.width), points(self.shape.height));
        let mut sheet = pdf.page(page);
        sheet.parent(pages).media_box(Rect::new(0.0, 0.0, width, height)).contents(content);
        sheet.struct_parents(0).tab_order(TabOrder::StructureOrder);
        if !links.is_empty() {
            sheet.annotations(links);
        }
        sheet.group().transparency().color_space().device_rgb();
        let mut resources = sheet.resources();
        let named = |fonts: Vec<(usize, Ref)>| fonts.into_iter().map(|(index, id)| (format!("F{index}"), id));
        named(fonts).fold(&mut resources.fonts(), |dict, (name, id)| dict.pair(Name(name.as_bytes()), id));
        let pictures = ground.pictures.iter().map(|(name, picture)| (*name, picture.id()));
        let pictures = pictures.chain([("Ground", ground.background.id())]);
        pictures.fold(&mut resources.x_objects(), |dict, (name, id)| dict.pair(Name(name.as_bytes()), id));
        let opacities = self.opacities.iter().map(|(hundredths, id)| (format!("G{hundredths}"), *id));
        opacities.fold(&mut resources.ext_g_states(), |dict, (name, id)| dict.pair(Name(name.as_bytes()), id));
        resources.finish();
        sheet.finish();

        let mut root = pdf.catalog(catalog);
        root.pages(pages).lang(TextStr(&text.language)).metadata(metadata);
        root.viewer_preferences().display_doc_title(true);
        root.mark_info().marked(true);
        root.pair(Name(b"StructTreeRoot"), tree);
        root.finish();
        pdf.document_info(info).title(TextStr(&text.title)).author(TextStr(&text.issuer)).producer(TextStr(PRODUCER));
        pdf.metadata(metadata, xmp(text).as_bytes());
        let short = |bytes: &[u8]| blake3::hash(bytes).as_bytes().iter().copied().take(16).collect::<Vec<u8>>();
        pdf.set_file_id((short(text.address.as_bytes()), short(revision)));
        Ok(pdf.finish())
    }

    /// The tree that says what each part is.
    fn structure(&self, pdf: &mut Chunk, next: &mut Ref, [tree, document, page]: [Ref; 3], links: &[Ref]) {
        // By the number of each part: its own element, and the link around it.
        let elements: Vec<(Ref, Option<(Ref, usize)>)> =
            self.parts.iter().map(|part| (next.bump(), part.link.map(|link| (next.bump(), link)))).collect();
        for ((part, (own, around)), number) in self.parts.iter().zip(&elements).zip(0..) {
            let mut element = pdf.struct_element(*own);
            element.kind(part.role).parent(around.map_or(document, |(link, _)| link)).page(page);
            if let Some(words) = &part.words {
                if part.role == StructRole::Figure {
                    element.alt(TextStr(words));
                } else {
                    element.actual_text(TextStr(words));
                }
            }
            element.children().marked_content_id(number);
            element.finish();
            if let Some((id, link)) = around {
                let mut element = pdf.struct_element(*id);
                element.kind(StructRole::Link).parent(document).page(page);
                let mut children = element.children();
                children.struct_element(*own);
                if let Some(annotation) = links.get(*link) {
                    children.object_ref().object(*annotation);
                }
            }
        }
        let mut element = pdf.struct_element(document);
        element.kind(StructRole::Document).parent(tree);
        let mut children = element.children();
        for (own, around) in &elements {
            children.struct_element(around.map_or(*own, |(link, _)| link));
        }
        children.finish();
        element.finish();
        let owners = next.bump();
        pdf.indirect(owners).array().items(elements.iter().map(|(own, _)| *own));
        let mut root = pdf.indirect(tree).start::<StructTreeRoot<'_>>();
        root.child(document);
        let mut parents = root.parent_tree();
        let mut numbers = parents.nums();
        // Key 0 is the page's, whose parts are counted; the others are the links'.
        numbers.insert(0, owners);
        for (id, link) in elements.iter().filter_map(|(_, around)| *around) {
            numbers.insert(key(link), id);
        }
    }
}

/// The number under which the tree finds a link's element; 0 is the page's.
fn key(link: usize) -> i32 {
    i32::try_from(link + 1).unwrap_or(i32::MAX)
}

/// An address as a PDF's action has it: in ASCII.
fn ascii(address: &str) -> String {
    url::Url::parse(address).map_or_else(|_| String::new(), String::from)
}

/// Title, issuer and language once more, as search engines and readers look for them.
fn xmp(text: &Text<'_>) -> String {
    let escaped = |text: &str| {
        let mut out = Vec::new();
        // Writing to memory does not fail.
        let _ = escape_xml(text, &mut out);
        String::from_utf8(out).unwrap_or_default()
    };
    format!(
        "<?xpacket begin=\"\u{feff}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\
         <x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\
         <rdf:Description rdf:about=\"\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" \
         xmlns:pdf=\"http://ns.adobe.com/pdf/1.3/\"><dc:format>application/pdf</dc:format>\
         <dc:title><rdf:Alt><rdf:li xml:lang=\"x-default\">{}</rdf:li></rdf:Alt></dc:title>\
         <dc:creator><rdf:Seq><rdf:li>{}</rdf:li></rdf:Seq></dc:creator>\
         <dc:language><rdf:Bag><rdf:li>{}</rdf:li></rdf:Bag></dc:language>\
         <pdf:Producer>{PRODUCER}</pdf:Producer></rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end=\"r\"?>",
        escaped(&text.title),
        escaped(&text.issuer),
        escaped(&text.language),
    )
}
