//! Files that change under a mapping: an error or consistent old data, never a signal.
#![cfg(unix)]

use heddle_files::{lost_count, usage, FileError, MappedFile};
use std::fs;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

const TIMES: usize = 200;
const SIZE: usize = 5 * 65_536 + 123;

/// The counters are of the process, so the tests of this file take turns.
static ALONE: Mutex<()> = Mutex::new(());

fn alone() -> std::sync::MutexGuard<'static, ()> {
    ALONE
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner())
}

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("heddle-files-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).expect("a temporary folder");
        Self(path)
    }

    fn file(&self, name: &str, byte: u8) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, vec![byte; SIZE]).expect("a temporary file");
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A later modification time, however coarse the clock of the file system is.
fn touch(path: &Path, step: usize) {
    let later = SystemTime::now() + Duration::from_secs(10 + step as u64);
    fs::File::options()
        .write(true)
        .open(path)
        .and_then(|file| file.set_modified(later))
        .expect("a new time");
}

fn bytes(file: &MappedFile) -> Vec<u8> {
    let start = file.pointer(0, file.size()).expect("the whole file");
    // SAFETY: the range was checked, the file lives, and the guard answers for vanished pages
    (0..file.size() as usize)
        .map(|at| unsafe { start.add(at).read_volatile() })
        .collect()
}

fn code<T>(result: Result<T, FileError>) -> &'static str {
    result.map_or_else(|error| error.code, |_| "ok")
}

#[test]
fn a_truncated_file_reads_as_zeros_and_is_lost() {
    let _turn = alone();
    let folder = Folder::new("truncate");
    for step in 0..TIMES {
        let path = folder.file("a", 7);
        let file = MappedFile::open(&path).expect("a mapping");
        let before = lost_count();
        let keep = (step * 4099) % SIZE;
        fs::File::options()
            .write(true)
            .open(&path)
            .and_then(|f| f.set_len(keep as u64))
            .expect("a cut");
        let seen = bytes(&file);
        assert!(
            seen[..keep].iter().all(|&byte| byte == 7),
            "bytes before the cut stay"
        );
        assert!(
            seen[keep..].iter().all(|&byte| byte == 0),
            "bytes after it are zeros"
        );
        // nothing is lost when the cut lies in the last page: it is still there
        assert_eq!(file.lost(), keep.next_multiple_of(4096) < SIZE);
        assert_eq!(lost_count() - before, u64::from(file.lost()));
        assert_eq!(code(file.check()), "ERR_FILE_CHANGED");
        // other files are none the worse
        let other = folder.file("b", 9);
        let fresh = MappedFile::open(&other).expect("a mapping");
        assert!(!fresh.lost() && bytes(&fresh).iter().all(|&byte| byte == 9));
    }
}

#[test]
fn threads_that_fault_together_all_go_on() {
    let _turn = alone();
    let folder = Folder::new("threads");
    for _ in 0..20 {
        let path = folder.file("a", 7);
        let file = Arc::new(MappedFile::open(&path).expect("a mapping"));
        fs::File::options()
            .write(true)
            .open(&path)
            .and_then(|f| f.set_len(0))
            .expect("a cut");
        let readers: Vec<_> = (0..4)
            .map(|_| {
                let file = Arc::clone(&file);
                std::thread::spawn(move || bytes(&file).iter().all(|&byte| byte == 0))
            })
            .collect();
        assert!(readers
            .into_iter()
            .all(|reader| reader.join().expect("no panic")));
        assert!(file.lost());
    }
}

#[test]
fn an_overwritten_file_is_reported() {
    let _turn = alone();
    let folder = Folder::new("overwrite");
    for step in 0..TIMES {
        let path = folder.file("a", 7);
        let file = MappedFile::open(&path).expect("a mapping");
        assert_eq!(code(file.check()), "ok");
        let writer = fs::File::options()
            .write(true)
            .open(&path)
            .expect("a writer");
        writer
            .write_all_at(&[1; 4096], (step * 512) as u64)
            .expect("a write");
        touch(&path, step);
        assert_eq!(bytes(&file).len(), SIZE);
        assert!(!file.lost());
        assert_eq!(code(file.check()), "ERR_FILE_CHANGED");
    }
}

#[test]
fn a_removed_file_keeps_its_data_and_a_replaced_one_is_reported() {
    let _turn = alone();
    let folder = Folder::new("replace");
    for step in 0..TIMES {
        let path = folder.file("a", 7);
        let file = MappedFile::open(&path).expect("a mapping");
        if step % 2 == 0 {
            fs::remove_file(&path).expect("a removal");
            assert_eq!(code(file.check()), "ok");
        }
        fs::rename(folder.file("b", 9), &path).expect("a replacement");
        assert!(
            bytes(&file).iter().all(|&byte| byte == 7),
            "the old data stays whole"
        );
        assert!(!file.lost());
        assert_eq!(code(file.check()), "ERR_FILE_CHANGED");
    }
}

#[test]
fn memory_of_our_own_does_not_change() {
    let _turn = alone();
    let folder = Folder::new("owned");
    let path = folder.file("a", 7);
    let file = MappedFile::read_owned(&path).expect("a file");
    assert_eq!(usage().owned_bytes, 0, "nothing is read before it is used");
    assert_eq!(bytes(&file), vec![7; SIZE]);
    assert_eq!(file.pointer(0, 1).expect("a pointer") as usize % 64, 0);
    assert_eq!(usage().owned_bytes, SIZE as u64);
    folder.file("a", 9);
    touch(&path, 0);
    assert_eq!((bytes(&file), code(file.check())), (vec![7; SIZE], "ok"));
    drop(file);

    let late = MappedFile::read_owned(&path).expect("a file");
    touch(&path, 50);
    assert_eq!(code(late.check()), "ERR_FILE_CHANGED");
    assert_eq!(code(late.pointer(0, 1)), "ERR_FILE_CHANGED");
    let cut = MappedFile::read_owned(&path).expect("a file");
    fs::File::options()
        .write(true)
        .open(&path)
        .and_then(|f| f.set_len(5))
        .expect("a cut");
    assert_eq!(code(cut.pointer(0, 1)), "ERR_FILE_CHANGED");
}

#[test]
fn ranges_outside_the_file_are_refused() {
    let _turn = alone();
    let folder = Folder::new("range");
    let path = folder.file("a", 7);
    for file in [MappedFile::open(&path), MappedFile::read_owned(&path)] {
        let file = file.expect("a file");
        let size = file.size();
        assert!(file.pointer(size, 0).is_ok() && file.pointer(0, size).is_ok());
        for (offset, length) in [
            (0, size + 1),
            (size, 1),
            (size + 1, 0),
            (u64::MAX, 1),
            (1, u64::MAX),
        ] {
            assert_eq!(code(file.pointer(offset, length)), "ERR_FILE_RANGE");
        }
        assert_eq!(code(file.read(size - 1, &mut [0; 2])), "ERR_FILE_RANGE");
    }
}

#[test]
fn only_regular_files_are_opened_and_nothing_is_held_afterwards() {
    let _turn = alone();
    let folder = Folder::new("kind");
    let pipe = folder.0.join("pipe");
    let name = std::ffi::CString::new(pipe.to_str().expect("a plain path")).expect("no NUL");
    // SAFETY: a valid path
    assert_eq!(unsafe { libc::mkfifo(name.as_ptr(), 0o600) }, 0);
    let socket = folder.0.join("socket");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).expect("a socket");
    let loop_link = folder.0.join("loop");
    std::os::unix::fs::symlink(&loop_link, &loop_link).expect("a link");
    let before = usage();
    for open in [MappedFile::open, MappedFile::read_owned] {
        assert_eq!(code(open(&folder.0)), "ERR_FILE_KIND");
        assert_eq!(code(open(&pipe)), "ERR_FILE_KIND");
        assert_eq!(code(open(&socket)), "ERR_FILE_KIND");
        assert_eq!(code(open("/dev/zero".as_ref())), "ERR_FILE_KIND");
        assert_eq!(code(open(&folder.0.join("none"))), "ERR_FILE_NOT_FOUND");
        assert_eq!(code(open("a\0b".as_ref())), "ERR_FILE_ACCESS");
        assert_eq!(code(open(&loop_link)), "ERR_FILE_ACCESS");
        let empty = folder.0.join("empty");
        fs::write(&empty, b"").expect("an empty file");
        let file = open(&empty).expect("an empty file is a file");
        assert_eq!(code(file.safetensors_header()), "ERR_FORMAT_TRUNCATED");
        assert!(file.pointer(0, 0).is_ok() && file.check().is_ok());
    }
    assert_eq!(usage(), before);
}

#[test]
fn a_header_is_read_through_both_ways() {
    let _turn = alone();
    let folder = Folder::new("header");
    let text = br#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#;
    let path = folder.0.join("a.safetensors");
    let content = [
        &(text.len() as u64).to_le_bytes()[..],
        text,
        &[1, 2, 3, 4, 5, 6, 7, 8],
    ]
    .concat();
    fs::write(&path, content).expect("a file");
    for open in [MappedFile::open, MappedFile::read_owned] {
        let file = open(&path).expect("a file");
        let header = file.safetensors_header().expect("a valid header");
        assert_eq!(header.names.get(0), "a");
        let mut data = [0; 8];
        file.read(header.offsets[0], &mut data).expect("its data");
        assert_eq!(data, [1, 2, 3, 4, 5, 6, 7, 8]);
        // cut between opening and reading: no crash, and no header
        let late = open(&path).expect("a file");
        fs::File::options()
            .write(true)
            .open(&path)
            .and_then(|f| f.set_len(20))
            .expect("a cut");
        let code = code(late.safetensors_header());
        assert!(
            matches!(code, "ERR_FILE_CHANGED" | "ERR_FORMAT_JSON"),
            "{code}"
        );
        fs::write(
            &path,
            [
                &(text.len() as u64).to_le_bytes()[..],
                text,
                &[1, 2, 3, 4, 5, 6, 7, 8],
            ]
            .concat(),
        )
        .expect("a file");
    }
}

#[test]
fn a_bus_error_elsewhere_still_ends_the_process() {
    // The child faults in a mapping that is not ours, or is sent the signal: default action, SIGBUS.
    const NAME: &str = "HEDDLE_FILES_FAULT";
    if let Ok(how) = std::env::var(NAME) {
        let folder = Folder::new("child");
        let path = folder.file("a", 7);
        let _guarded = MappedFile::open(&path).expect("a mapping");
        let file = fs::File::options()
            .read(true)
            .write(true)
            .open(&path)
            .expect("a file");
        // SAFETY: the faults are the point
        unsafe {
            if how == "sent" {
                libc::raise(libc::SIGBUS);
            }
            let fd = std::os::fd::AsRawFd::as_raw_fd(&file);
            let start = libc::mmap(
                std::ptr::null_mut(),
                SIZE,
                libc::PROT_READ,
                libc::MAP_PRIVATE,
                fd,
                0,
            );
            file.set_len(0).expect("a cut");
            start.cast::<u8>().read_volatile();
        }
        unreachable!("the fault was swallowed");
    }
    use std::os::unix::process::ExitStatusExt;
    for how in ["sent", "fault"] {
        let program = std::env::current_exe().expect("this test");
        let status = std::process::Command::new(program)
            .args(["--exact", "a_bus_error_elsewhere_still_ends_the_process"])
            .env(NAME, how)
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .status()
            .expect("a child");
        assert_eq!(status.signal(), Some(libc::SIGBUS), "{how}: {status:?}");
        let folder = "heddle-files-child-";
        for entry in fs::read_dir(std::env::temp_dir())
            .expect("a folder")
            .flatten()
        {
            if entry.file_name().to_string_lossy().starts_with(folder) {
                let _ = fs::remove_dir_all(entry.path());
            }
        }
    }
}
