//! What needs channels to be read: locking, checking a foreign lock, changes.

mod changes;
mod load;
mod lock;
mod overrides;
mod priority;
mod verify;
mod warm;

pub use changes::{Change, Changes, changes};
pub use lock::{lock, lock_blocking};
pub use overrides::{prove_across, prove_overrides};
pub use priority::{WithStrict, with_strict};
pub use verify::{Locked, Verified, VerifyOptions, derive_root, known_hashes, verify_lock};
pub use warm::{Warmed, warm};

pub use crate::catalog::EarlierPacks;

/// What a thread has to say; its panic goes on here.
fn joined<T>(thread: std::thread::ScopedJoinHandle<'_, T>) -> T {
    let result = thread.join();
    result.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}
