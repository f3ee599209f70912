//! Conda channels to records: names, URLs and directories in, records out.
//!
//! [`open()`] takes channels as a request writes them, looks for the subdir of a platform
//! and for noarch, and returns packs of their records, which [`look_after`] keeps in the
//! cache; [`load()`] returns the records that are wanted, sorted. Channels on a server come
//! through rattler's repodata gateway (shards, zst, bz2, json; cached, locked between
//! processes, retried, mirrored, authenticated); directories are read here, in any of the
//! forms a server may hold ([`locate_local`]). A record that cannot be used is rejected
//! with a reason ([`RejectedRecord`]); only a document that cannot be read is an error.
//!
//! The only crate with sockets, HTTP and cache locks. It must not contain: solving,
//! lockfiles, printing, the clock, the environment (HTTP itself looks at `HTTPS_PROXY`,
//! `NO_PROXY`, `SSL_CERT_FILE` and `SSL_CERT_DIR`, as everybody's does). Credentials stay inside: no URL in a
//! record, an error or a report carries any.
//!
//! ```
//! use rsp_lock_channel::{ChannelOptions, Silent, Wanted, load};
//! use rsp_lock_spec::{ChannelRequest, Origin};
//!
//! # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
//! let directory = tempfile::tempdir()?;
//! std::fs::create_dir(directory.path().join("noarch"))?;
//! std::fs::write(
//!     directory.path().join("noarch/repodata.json"),
//!     r#"{"info": {"subdir": "noarch", "base_url": "https://conda.example.org/demo/noarch/"},
//!         "packages.conda": {"hello-1.0-0.conda": {
//!             "name": "hello", "version": "1.0", "build": "0", "build_number": 0}}}"#,
//! )?;
//!
//! let channel = ChannelRequest {
//!     text: ".".to_owned(),
//!     origin: Origin::command_line(),
//! };
//! let options = ChannelOptions {
//!     root: directory.path().to_owned(),
//!     ..ChannelOptions::default()
//! };
//! let subdir = "linux-64".parse()?;
//! let loaded = load(&[channel], subdir, &Wanted::All, &options, &Silent).await?;
//!
//! assert_eq!(
//!     loaded[0].records[0].url.as_str(),
//!     "https://conda.example.org/demo/noarch/hello-1.0-0.conda"
//! );
//! assert_eq!(loaded[0].missing_subdirs, [subdir]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod base_url;
mod batch;
mod document;
mod error;
mod kept;
mod load;
mod loaded;
mod local;
mod open;
mod options;
mod packs;
mod place;
mod progress;
mod record;
mod remote;
mod shard_index;
mod shard_packs;
mod shards;
mod source;
mod unfinished;

pub use base_url::{channel_url, file_url};
pub use error::{ChannelError, ChannelErrorKind};
pub use load::{Wanted, load};
pub use loaded::{LoadedChannel, RejectedRecord};
pub use local::{Freshness, LocalRepodata, RepodataFormat, locate_local};
pub use open::{LookedAfter, OpenedChannel, look_after, open};
pub use options::{ChannelOptions, Patience};
pub use place::local_directory;
pub use progress::{Reporter, Silent};
pub use remote::install_crypto_provider;
pub use unfinished::unfinished;
