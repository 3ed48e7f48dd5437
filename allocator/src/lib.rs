//! The allocator of bonafide: pages are put together from many small texts on all cores, and the system's is slower at
//! that.
//!
//! It is a crate of its own because bonafide forbids itself whatever is `unsafe`, and telling an allocator what to do is.

pub use mimalloc::MiMalloc;

/// `mi_option_purge_delay` of `mimalloc.h`, which the bindings do not name: for how many milliseconds free memory is kept.
const PURGE_DELAY: libmimalloc_sys::mi_option_t = 15;
/// What it is unless somebody says otherwise.
const USUAL: std::ffi::c_long = 1000;

/// Has memory that is free given back to the system at once, not a second later: with a hundred thousand awards a
/// build is over by then, and of the memory that it had at its highest a fifth had been free for long.
pub fn give_back_at_once() {
    // SAFETY: both read or store one number among mimalloc's settings, and may be called at any time. If the number
    // above should mean another setting in another mimalloc, that one has another value, and nothing is changed.
    unsafe {
        if libmimalloc_sys::mi_option_get(PURGE_DELAY) == USUAL {
            libmimalloc_sys::mi_option_set(PURGE_DELAY, 0);
        }
    }
}
