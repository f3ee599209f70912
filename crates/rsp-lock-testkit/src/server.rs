//! A channel server on the loopback interface that can be told to misbehave.
//!
//! Plain threads and HTTP/1.1, one request a connection: it serves synchronous tests,
//! asynchronous ones and whole commands alike, and a fault is whatever bytes a test wants.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    io::{self, BufRead, BufReader, Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    path::{Component, Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use jiff::Timestamp;

/// A way to misbehave, for requests whose path ends as a [`Rule`] says.
#[derive(Clone, Debug)]
pub enum Fault {
    /// Answers with this status and a short text.
    Status(u16),
    /// Answers 301 to this URL or path.
    Redirect(String),
    /// Announces the whole body, sends so many bytes of it, and closes the connection.
    Truncate(usize),
    /// Sends the body in pieces of so many bytes, with a pause before each.
    Slow(usize, Duration),
    /// Answers 200 with an HTML page.
    Html,
    /// Answers 200 with these bytes.
    Body(Vec<u8>),
    /// Closes the connection without an answer.
    Reset,
}

/// When to misbehave.
#[derive(Clone, Debug)]
pub struct Rule {
    /// The end of the path, such as `repodata.json.zst`; `""` means every request.
    pub path_end: String,
    /// How.
    pub fault: Fault,
    /// How often; `None` means always.
    pub times: Option<usize>,
}

/// What a client has to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access {
    /// `Authorization: Basic …` of this user and password.
    Basic(String, String),
    /// `Authorization: Bearer …`.
    Bearer(String),
    /// A path that starts with `/t/TOKEN/`.
    Token(String),
}

/// A request that came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// `GET` or `HEAD`.
    pub method: String,
    /// The path with its query.
    pub path: String,
    /// Headers, names in lower case, in the order in which they came.
    pub headers: Vec<(String, String)>,
    /// The status that was answered; 0 if none was.
    pub status: u16,
}

impl Request {
    /// The first header of this name (lower case).
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(header, _)| header == name);
        found.map(|(_, value)| value.as_str())
    }
}

#[derive(Debug, Default)]
struct Script {
    rules: Vec<Rule>,
    access: Option<Access>,
    manner: Manner,
    log: Vec<Request>,
}

/// What is told of files.
#[derive(Clone, Copy, Debug, Default)]
struct Manner {
    max_age: Option<u64>,
    by_date: bool,
}

/// A server of a directory; it stops when it is dropped.
#[derive(Debug)]
pub struct ChannelServer {
    address: SocketAddr,
    script: Arc<Mutex<Script>>,
    stopping: Arc<AtomicBool>,
    acceptor: Option<JoinHandle<()>>,
}

impl ChannelServer {
    /// Serves a directory on a free port.
    pub fn start(directory: impl Into<PathBuf>) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let address = listener.local_addr()?;
        let script = Arc::new(Mutex::new(Script::default()));
        let stopping = Arc::new(AtomicBool::new(false));
        let acceptor = thread::spawn({
            let (script, stopping) = (script.clone(), stopping.clone());
            let directory: Arc<Path> = directory.into().into();
            move || {
                for stream in listener.incoming().flatten() {
                    if stopping.load(Ordering::SeqCst) {
                        break;
                    }
                    let (script, directory) = (script.clone(), directory.clone());
                    thread::spawn(move || {
                        // A client that goes away is not the server's trouble.
                        let _ = answer(&stream, &directory, &script);
                        let _ = stream.shutdown(Shutdown::Both);
                    });
                }
            }
        });
        Ok(Self {
            address,
            script,
            stopping,
            acceptor: Some(acceptor),
        })
    }

    /// The URL of a path, `http://127.0.0.1:PORT/path`.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}/{}", self.address, path.trim_start_matches('/'))
    }

    /// Misbehaves whenever the path ends so.
    pub fn always(&self, path_end: &str, fault: Fault) {
        self.rule(path_end, fault, None);
    }

    /// Misbehaves so many times when the path ends so, and behaves afterwards.
    pub fn times(&self, times: usize, path_end: &str, fault: Fault) {
        self.rule(path_end, fault, Some(times));
    }

    fn rule(&self, path_end: &str, fault: Fault, times: Option<usize>) {
        let path_end = path_end.to_owned();
        self.script().rules.push(Rule {
            path_end,
            fault,
            times,
        });
    }

    /// Behaves from now on.
    pub fn behave(&self) {
        self.script().rules.clear();
    }

    /// Lets nobody in without this.
    pub fn require(&self, access: Access) {
        self.script().access = Some(access);
    }

    /// Tells clients how many seconds they may keep a file; without, they have to ask
    /// again each time.
    pub fn max_age(&self, seconds: u64) {
        self.script().manner.max_age = Some(seconds);
    }

    /// Tells files apart by their dates instead of an `ETag`, and says nothing more of what did
    /// not change, as simple servers do.
    pub fn by_date(&self) {
        self.script().manner.by_date = true;
    }

    /// The requests so far, in order; the log is empty afterwards.
    pub fn take_requests(&self) -> Vec<Request> {
        std::mem::take(&mut self.script().log)
    }

    fn script(&self) -> MutexGuard<'_, Script> {
        lock(&self.script)
    }
}

impl Drop for ChannelServer {
    fn drop(&mut self) {
        self.stopping.store(true, Ordering::SeqCst);
        // Wakes the acceptor up.
        drop(TcpStream::connect(self.address));
        if let Some(acceptor) = self.acceptor.take() {
            let _ = acceptor.join();
        }
    }
}

fn lock(script: &Mutex<Script>) -> MutexGuard<'_, Script> {
    script.lock().unwrap_or_else(PoisonError::into_inner)
}

fn answer(stream: &TcpStream, root: &Path, script: &Mutex<Script>) -> io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let Some(mut request) = read_request(stream)? else {
        return Ok(());
    };
    let (fault, admitted, manner) = {
        let mut script = lock(script);
        let admitted = admit(script.access.as_ref(), &request);
        (
            next_fault(&mut script.rules, &request.path),
            admitted,
            script.manner,
        )
    };
    let reply = match (&fault, admitted) {
        (Some(Fault::Reset), _) => None,
        (Some(Fault::Status(status)), _) => Some(Reply::text(*status, "as scripted\n")),
        (Some(Fault::Redirect(to)), _) => {
            let mut reply = Reply::text(301, "moved\n");
            reply.headers.push(("Location", to.clone()));
            Some(reply)
        }
        (Some(Fault::Html), _) => {
            let page = "<!DOCTYPE html><html><body>Please log in.</body></html>\n";
            let mut reply = Reply::text(200, page);
            reply.headers.push(("Content-Type", "text/html".to_owned()));
            Some(reply)
        }
        (Some(Fault::Body(bytes)), _) => Some(Reply {
            body: bytes.clone(),
            ..Reply::text(200, "")
        }),
        (_, None) => {
            let mut reply = Reply::text(401, "who are you?\n");
            reply
                .headers
                .push(("WWW-Authenticate", "Basic realm=\"channel\"".to_owned()));
            Some(reply)
        }
        (_, Some(path)) => Some(file_reply(root, &path, &request, manner)),
    };
    request.status = reply.as_ref().map_or(0, |reply| reply.status);
    let is_head = request.method == "HEAD";
    // Noted before it is sent, so that a test that has its answer finds it noted.
    lock(script).log.push(request);
    match reply {
        Some(reply) => send(stream, &reply, is_head, fault.as_ref()),
        None => Ok(()),
    }
}

fn read_request(stream: &TcpStream) -> io::Result<Option<Request>> {
    let mut lines = BufReader::new(stream.take(64 * 1024)).lines();
    let Some(first) = lines.next().transpose()? else {
        return Ok(None);
    };
    let mut words = first.split(' ');
    let (Some(method), Some(path)) = (words.next(), words.next()) else {
        return Ok(None);
    };
    let mut headers = Vec::new();
    for line in lines {
        let line = line?;
        if line.is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':') {
            headers.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
    Ok(Some(Request {
        method: method.to_owned(),
        path: path.to_owned(),
        headers,
        status: 0,
    }))
}

/// The path to serve, without the token; `None` if the client may not come in.
fn admit(access: Option<&Access>, request: &Request) -> Option<String> {
    let path = request.path.split('?').next().unwrap_or_default();
    let authorization = request.header("authorization");
    let shows = |wanted: String| (authorization == Some(&wanted)).then(|| path.to_owned());
    match access {
        None => Some(path.to_owned()),
        Some(Access::Bearer(token)) => shows(format!("Bearer {token}")),
        Some(Access::Basic(user, password)) => shows(format!(
            "Basic {}",
            base64(format!("{user}:{password}").as_bytes())
        )),
        Some(Access::Token(token)) => path.strip_prefix(&format!("/t/{token}")).map(str::to_owned),
    }
}

fn next_fault(rules: &mut Vec<Rule>, path: &str) -> Option<Fault> {
    let position = rules
        .iter()
        .position(|rule| path.ends_with(&rule.path_end))?;
    let rule = rules.get_mut(position)?;
    let fault = rule.fault.clone();
    if let Some(times) = &mut rule.times {
        *times = times.saturating_sub(1);
        if *times == 0 {
            rules.remove(position);
        }
    }
    Some(fault)
}

struct Reply {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

impl Reply {
    fn text(status: u16, text: &str) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: text.as_bytes().to_vec(),
        }
    }
}

fn file_reply(root: &Path, path: &str, request: &Request, manner: Manner) -> Reply {
    let relative = PathBuf::from(percent_decode(path.trim_start_matches('/')));
    let is_inside = relative
        .components()
        .all(|component| matches!(component, Component::Normal(_)));
    let file = root.join(relative);
    let body = if is_inside {
        fs_err::read(&file).ok()
    } else {
        None
    };
    let Some(body) = body else {
        return Reply::text(404, "no such file\n");
    };
    let max_age = manner.max_age;
    let keep = max_age.map_or("no-cache".to_owned(), |age| format!("max-age={age}"));
    let (told, asked, version) = if manner.by_date {
        ("Last-Modified", "if-modified-since", date(&file))
    } else {
        let mut hasher = DefaultHasher::new();
        body.hash(&mut hasher);
        let etag = format!("\"{:016x}\"", hasher.finish());
        ("ETag", "if-none-match", etag)
    };
    let mut headers = vec![(told, version.clone()), ("Cache-Control", keep)];
    if request.header(asked) == Some(&version) {
        if manner.by_date {
            headers.clear();
        }
        return Reply {
            status: 304,
            headers,
            body: Vec::new(),
        };
    }
    if let Some((start, end)) = range(request, body.len()) {
        headers.push((
            "Content-Range",
            format!("bytes {start}-{}/{}", end - 1, body.len()),
        ));
        return Reply {
            status: 206,
            headers,
            body: body.get(start..end).unwrap_or_default().to_vec(),
        };
    }
    headers.push(("Accept-Ranges", "bytes".to_owned()));
    Reply {
        status: 200,
        headers,
        body,
    }
}

/// When a file was written, as HTTP says it.
fn date(file: &Path) -> String {
    let written = fs_err::metadata(file).and_then(|metadata| metadata.modified());
    let written = written.ok().and_then(|time| Timestamp::try_from(time).ok());
    let printer = jiff::fmt::rfc2822::DateTimePrinter::new();
    let text = printer.timestamp_to_rfc9110_string(&written.unwrap_or_default());
    text.unwrap_or_default()
}

/// The one range that is asked for (`bytes=A-B`, `bytes=A-`, `bytes=-N`), end excluded.
fn range(request: &Request, len: usize) -> Option<(usize, usize)> {
    let (start, end) = request
        .header("range")?
        .strip_prefix("bytes=")?
        .split_once('-')?;
    let (start, end) = if start.is_empty() {
        (len.saturating_sub(end.parse().ok()?), len)
    } else {
        let end = end
            .parse()
            .map_or(len, |end: usize| end.saturating_add(1).min(len));
        (start.parse().ok()?, end)
    };
    (start < end).then_some((start, end))
}

fn send(stream: &TcpStream, reply: &Reply, is_head: bool, fault: Option<&Fault>) -> io::Result<()> {
    let mut stream = stream;
    let mut head = Vec::new();
    write!(
        head,
        "HTTP/1.1 {} scripted\r\nConnection: close\r\n",
        reply.status
    )?;
    // A 304 has no body, and no length of one.
    if reply.status != 304 {
        write!(head, "Content-Length: {}\r\n", reply.body.len())?;
    }
    for (name, value) in &reply.headers {
        write!(head, "{name}: {value}\r\n")?;
    }
    head.extend(b"\r\n");
    stream.write_all(&head)?;
    if is_head {
        return stream.flush();
    }
    match fault {
        Some(Fault::Truncate(len)) => {
            stream.write_all(reply.body.get(..*len).unwrap_or(&reply.body))?;
        }
        Some(Fault::Slow(piece, pause)) => {
            for piece in reply.body.chunks((*piece).max(1)) {
                thread::sleep(*pause);
                stream.write_all(piece)?;
                stream.flush()?;
            }
        }
        _ => stream.write_all(&reply.body)?,
    }
    stream.flush()
}

fn percent_decode(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let digits = tail
            .get(..2)
            .and_then(|digits| std::str::from_utf8(digits).ok());
        let decoded = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match decoded {
            Some(byte) if *first == b'%' => {
                bytes.push(byte);
                rest = tail.get(2..).unwrap_or_default();
            }
            _ => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Base64 with padding (RFC 4648).
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let byte = |i: usize| u32::from(chunk.get(i).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for (i, shift) in [18, 12, 6, 0].into_iter().enumerate() {
            let digit = DIGITS.get((bits >> shift & 0x3f) as usize).copied();
            text.push(if i <= chunk.len() {
                digit.unwrap_or(b'=').into()
            } else {
                '='
            });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(server: &ChannelServer, request: &str) -> String {
        let mut stream = TcpStream::connect(server.address).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    }

    fn server() -> (tempfile::TempDir, ChannelServer) {
        let directory = tempfile::tempdir().unwrap();
        fs_err::write(directory.path().join("a b.txt"), "0123456789").unwrap();
        let server = ChannelServer::start(directory.path()).unwrap();
        (directory, server)
    }

    #[test]
    fn serves_files_ranges_and_etags() {
        let (_directory, server) = server();
        let whole = ask(&server, "GET /a%20b.txt HTTP/1.1\r\n\r\n");
        assert!(whole.starts_with("HTTP/1.1 200"), "{whole}");
        assert!(whole.ends_with("\r\n\r\n0123456789"), "{whole}");
        let part = ask(
            &server,
            "GET /a%20b.txt HTTP/1.1\r\nRange: bytes=2-4\r\n\r\n",
        );
        assert!(part.starts_with("HTTP/1.1 206"), "{part}");
        assert!(part.contains("Content-Range: bytes 2-4/10"), "{part}");
        assert!(part.ends_with("\r\n\r\n234"), "{part}");
        let etag = whole
            .lines()
            .find_map(|line| line.strip_prefix("ETag: "))
            .unwrap();
        let again = format!("GET /a%20b.txt HTTP/1.1\r\nIf-None-Match: {etag}\r\n\r\n");
        assert!(ask(&server, &again).starts_with("HTTP/1.1 304"));
        assert!(ask(&server, "GET /../a HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 404"));
        let statuses: Vec<u16> = server.take_requests().iter().map(|r| r.status).collect();
        assert_eq!(statuses, [200, 206, 304, 404]);
    }

    #[test]
    fn misbehaves_as_scripted_and_stops_doing_so() {
        let (_directory, server) = server();
        let get = "GET /a%20b.txt HTTP/1.1\r\n\r\n";
        server.times(1, ".txt", Fault::Status(503));
        assert!(ask(&server, get).starts_with("HTTP/1.1 503"));
        assert!(ask(&server, get).starts_with("HTTP/1.1 200"));
        server.times(1, "", Fault::Reset);
        assert_eq!(ask(&server, get), "");
        server.always(".txt", Fault::Truncate(3));
        assert!(ask(&server, get).ends_with("\r\n\r\n012"));
        server.behave();
        server.require(Access::Token("tk".to_owned()));
        assert!(ask(&server, get).starts_with("HTTP/1.1 401"));
        assert!(ask(&server, "GET /t/tk/a%20b.txt HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 200"));
    }

    #[test]
    fn base64_is_what_clients_send() {
        assert_eq!(
            base64(b"Aladdin:open sesame"),
            "QWxhZGRpbjpvcGVuIHNlc2FtZQ=="
        );
    }
}
