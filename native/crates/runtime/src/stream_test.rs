use super::*;
use crate::commands::TABLE;
use crate::environment::{Completion, Content};
use crate::executor::{builtin::*, FIRST_KERNEL};
use crate::failure::Poison;
use std::sync::mpsc::{channel, Receiver};

type Answer = (u32, Result<Vec<u8>, Poison>);

/// An environment whose completions arrive in a channel.
fn open(stream: &Stream, id: u32) -> (Arc<Environment>, Receiver<Answer>) {
    let (send, receive) = channel();
    let send = Mutex::new(send);
    let notify = Box::new(move |c: Completion| {
        let _ = send.lock().unwrap().send((c.request, c.result));
    });
    let environment = Arc::new(Environment::new(id, notify));
    stream.send(Message::Open(environment.clone()));
    (environment, receive)
}

fn start(threads: usize) -> Stream {
    let level = *Level::available().last().unwrap();
    Stream::start(Heap::new(256 << 20), level, threads).unwrap()
}

fn submit(s: &Stream, environment: u32, stream: u8, words: Vec<u32>) {
    s.send(Message::Submit { environment, stream, words, payloads: Vec::new() });
}

fn command(opcode: u32, group: u32, rest: &[u32]) -> Vec<u32> {
    let mut words = vec![opcode | (rest.len() as u32 + 3) << 16, 0, group];
    words.extend_from_slice(rest);
    words
}

fn dense(kind: u32, dtype: u32, slot: u32, shape: &[u32]) -> Vec<u32> {
    let mut words = vec![kind | dtype << 4 | (shape.len() as u32) << 12, slot, 1, 0, 0];
    words.extend_from_slice(shape);
    words
}

fn kernel(name: &str, group: u32, operands: &[Vec<u32>], params: &[u32]) -> Vec<u32> {
    let opcode = FIRST_KERNEL + TABLE.iter().position(|(n, _)| *n == name).unwrap() as u32;
    let mut rest: Vec<u32> = operands.concat();
    rest.extend_from_slice(params);
    let mut words = command(opcode, group, &rest);
    words[1] = (operands.len() as u32) << 16;
    words
}

/// fill(slot of `n` f32) with a value.
fn fill(slot: u32, n: u32, value: f64, group: u32) -> Vec<u32> {
    let bits = value.to_bits();
    kernel("fill", group, &[dense(2, 0, slot, &[n])], &[bits as u32, (bits >> 32) as u32])
}

fn read(request: u32, slot: u32, n: u32) -> Vec<u32> {
    let mut rest = vec![request];
    rest.extend(dense(1, 0, slot, &[n]));
    command(READ, 0, &rest)
}

const WAIT: Duration = Duration::from_secs(60);

fn answer(from: &Receiver<Answer>) -> Answer {
    from.recv_timeout(WAIT).expect("the stream answers")
}

fn buffers(s: &Stream) -> usize {
    s.heap.lock().stats.blocks
}

/// Waits until the stream thread has seen everything sent before.
fn settle(s: &Stream) {
    let (_environment, answers) = open(s, 9_999);
    submit(s, 9_999, 0, command(SYNC, 0, &[1]));
    answer(&answers);
    s.send(Message::Close(9_999));
}

#[test]
fn streams_of_one_environment_wait_for_events_recorded_later_by_another() {
    let s = start(2);
    let (_environment, answers) = open(&s, 1);
    for event in 0..500 {
        // Stream 1 waits for what stream 2 has not even been given yet.
        let mut waits = command(EVENT_WAIT, 0, &[event]);
        waits.extend(command(SYNC, 0, &[2 * event]));
        submit(&s, 1, 1, waits);
        let mut records = fill(event, 64, 1.0, 0);
        records.extend(command(SYNC, 0, &[2 * event + 1]));
        records.extend(command(EVENT_RECORD, 0, &[event]));
        records.extend(command(FREE, 0, &[event, 1]));
        if event % 3 == 0 {
            std::thread::yield_now();
        }
        submit(&s, 1, 2, records);
        assert_eq!(answer(&answers).0, 2 * event + 1);
        assert_eq!(answer(&answers).0, 2 * event);
    }
    settle(&s);
    assert_eq!(buffers(&s), 0);
}

#[test]
fn a_wait_that_never_ends_holds_up_its_own_stream_only() {
    let s = start(1);
    let (_environment, answers) = open(&s, 1);
    let mut waits = command(EVENT_WAIT, 0, &[7]);
    waits.extend(command(SYNC, 0, &[1]));
    submit(&s, 1, 1, waits);
    submit(&s, 1, 0, command(SYNC, 0, &[2]));
    assert_eq!(answer(&answers).0, 2);
    assert!(answers.recv_timeout(Duration::from_millis(20)).is_err());
    submit(&s, 1, 0, command(EVENT_RECORD, 0, &[7]));
    assert_eq!(answer(&answers).0, 1);
}

#[test]
fn a_long_queue_does_not_starve_a_short_one() {
    let s = start(1);
    let (_long, long_answers) = open(&s, 1);
    let (_short, short_answers) = open(&s, 2);
    // 4,000 fills of 1 MiB: far more than a second of work would be unfair.
    let mut words = Vec::new();
    for _ in 0..4_000 {
        words.extend(fill(0, 1 << 18, 1.0, 0));
    }
    words.extend(command(SYNC, 0, &[1]));
    submit(&s, 1, 0, words);
    for i in 0..20 {
        let mut words = fill(0, 16, i as f64, 0);
        words.extend(read(i, 0, 16));
        submit(&s, 2, 0, words);
        let (request, data) = answer(&short_answers);
        assert_eq!((request, &data.unwrap()[..4]), (i, &(i as f32).to_le_bytes()[..]));
    }
    assert!(long_answers.try_recv().is_err(), "the short queue had its turns before the long one ended");
    answer(&long_answers);
}

#[test]
fn closing_an_environment_with_queued_work_frees_everything_and_tells_nobody() {
    let s = start(2);
    for round in 0..30u32 {
        let id = 10 + round;
        let (environment, answers) = open(&s, id);
        let mut words = Vec::new();
        for slot in 0..200 {
            words.extend(fill(slot, 4096, 1.0, 0));
        }
        words.extend(command(SYNC, 0, &[1]));
        submit(&s, id, 0, words.clone());
        submit(&s, id, 1, words);
        submit(&s, id, 2, [command(EVENT_WAIT, 0, &[1]), command(SYNC, 0, &[3])].concat());
        if round % 2 == 0 {
            std::thread::sleep(Duration::from_micros(50 * round as u64));
        }
        environment.close();
        s.send(Message::Close(id));
        submit(&s, id, 0, fill(0, 16, 1.0, 0)); // behind the end: dropped
        settle(&s);
        assert!(answers.try_iter().count() <= 2);
        assert_eq!(buffers(&s), 0, "round {round}");
    }
}

#[test]
fn cancelled_groups_are_skipped_and_nothing_else_is() {
    let s = start(1);
    let (environment, answers) = open(&s, 1);
    environment.cancel(5);
    let mut words = fill(0, 16, 1.0, 4);
    words.extend(fill(1, 16, 1.0, 5));
    words.extend(kernel("copy", 4, &[dense(1, 0, 1, &[16]), dense(2, 0, 2, &[16])], &[]));
    words.extend(read(10, 0, 16));
    words.extend(read(11, 1, 16));
    words.extend(read(12, 2, 16));
    words.extend(command(GROUP_END, 0, &[5]));
    words.extend(fill(1, 16, 2.0, 5));
    words.extend(read(13, 1, 16));
    submit(&s, 1, 0, words);
    let mut code = || answer(&answers).1.map_or_else(|p| p.code, |_| "");
    assert_eq!([code(), code(), code(), code()], ["", "ERR_ABORTED", "ERR_ABORTED", ""]);
}

#[test]
fn imports_take_what_was_published_and_fail_when_nothing_will_come() {
    let s = start(1);
    let (_a, _) = open(&s, 1);
    let (_b, answers) = open(&s, 2);
    // Published behind a long queue: the import waits for it.
    let mut words = Vec::new();
    for _ in 0..500 {
        words.extend(fill(3, 1 << 16, 4.0, 0));
    }
    words.extend(command(EXPORT, 0, &[3, 1, 77, 1]));
    words.extend(command(FREE, 0, &[3, 1]));
    submit(&s, 1, 0, words);
    let import = |request: u32, token: [u32; 2]| {
        let mut words = command(IMPORT, 0, &[0, 1, token[0], token[1]]);
        words.extend(read(request, 0, 1 << 16));
        words.extend(command(FREE, 0, &[0, 1]));
        submit(&s, 2, 0, words);
        answer(&answers)
    };
    assert_eq!(import(1, [77, 1]).1.unwrap()[..4], 4f32.to_le_bytes());
    for token in [[77, 1], [78, 1], [1, 2], [1, 12345], [u32::MAX, u32::MAX]] {
        assert_eq!(import(2, token).1.unwrap_err().code, "ERR_TRANSFER", "{token:?}");
    }
    settle(&s);
    assert_eq!(buffers(&s), 0);
}

#[test]
fn the_number_of_threads_may_change_between_any_two_commands() {
    let s = start(1);
    let (_environment, answers) = open(&s, 1);
    for i in 0..200u32 {
        s.send(Message::SetThreads(1 + (i as usize * 7) % 9));
        let n = 70_000;
        let mut words = fill(0, n, i as f64, 0);
        words.extend(kernel("unary", 0, &[dense(1, 0, 0, &[n]), dense(2, 0, 1, &[n])], &[0]));
        words.extend(read(i, 1, n));
        submit(&s, 1, 0, words);
        assert!(answer(&answers).1.is_ok());
    }
}

struct Rng(u64);

impl Rng {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
    fn below(&mut self, n: usize) -> usize {
        (self.next() >> 11) as usize % n
    }
    fn odd(&mut self) -> u32 {
        [0, 1, 2, 3, 5, 16, 64, 1 << 20, 1 << 31, u32::MAX - 1, u32::MAX][self.below(11)]
    }
}

/// An operand that is nearly right: most of its numbers are small and in use.
fn operand(rng: &mut Rng) -> Vec<u32> {
    let wild = rng.below(12) == 0;
    let kind = if wild { rng.below(16) } else { [0, 1, 1, 1, 2, 2, 3][rng.below(7)] } as u32;
    if kind == 0 {
        return vec![0];
    }
    let dtype = if wild { rng.below(256) } else { [0, 0, 0, 5, 5, 4, 8, 9, 2, 3][rng.below(10)] } as u32;
    let rank = if wild { rng.below(16) } else { 1 + rng.below(4) };
    let strided = rng.below(5) == 0;
    let mut words = vec![
        kind | dtype << 4 | (rank as u32) << 12 | (strided as u32) << 16,
        if wild { rng.odd() } else { rng.below(8) as u32 },
        1,
        if rng.below(8) == 0 { rng.odd() } else { 0 },
        if wild { rng.odd() } else { 0 },
    ];
    for _ in 0..rank * if strided { 2 } else { 1 } {
        words.push(if rng.below(25) == 0 { rng.odd() } else { [0, 1, 2, 2, 4, 4, 16][rng.below(7)] });
    }
    words
}

fn garbage(rng: &mut Rng) -> Vec<u32> {
    let mut words: Vec<u32> = Vec::new();
    for _ in 0..1 + rng.below(12) {
        let mut rest: Vec<u32>;
        let opcode = match rng.below(10) {
            0 => {
                rest = (0..rng.below(8)).map(|_| rng.odd()).collect();
                rng.below(1 << 16) as u32
            }
            1..=3 => {
                rest = (0..rng.below(6)).map(|_| if rng.below(4) == 0 { rng.odd() } else { rng.below(8) as u32 }).collect();
                let builtin = rng.below(16) as u32;
                if builtin == READ {
                    rest = vec![rng.odd()];
                    rest.extend(operand(rng));
                }
                // A wait without a record would stop this stream for good.
                // (and a publication outlives its environment: somebody may still receive it)
                match builtin {
                    EVENT_WAIT => EVENT_RECORD,
                    EXPORT => FREE,
                    other => other,
                }
            }
            _ => {
                rest = (0..rng.below(8)).flat_map(|_| operand(rng)).collect();
                rest.extend((0..rng.below(5)).map(|_| rng.odd()));
                FIRST_KERNEL + rng.below(TABLE.len()) as u32
            }
        };
        // It runs as long as it is told to.
        if TABLE.get((opcode.wrapping_sub(FIRST_KERNEL)) as usize).is_some_and(|(n, _)| *n == "fma_rate") {
            continue;
        }
        let mut words_of = command(opcode, 0, &rest);
        let most = if rng.below(20) == 0 { 256 } else { 8 };
        words_of[1] = (rng.below(most) as u32) << 16;
        if rng.below(40) == 0 {
            words_of.truncate(rng.below(words_of.len())); // cut off: the next command is out of step
        }
        words.extend(words_of);
    }
    words
}

#[test]
fn random_submissions_never_crash_and_the_stream_goes_on() {
    let s = start(2);
    s.heap.lock().set_budget(64 << 20);
    let (_environment, answers) = open(&s, 1);
    let mut rng = Rng(0x5eed_1234_5678_9abc);
    let small = 8;
    for round in 0..10_000u32 {
        if round % 4 == 0 {
            // Something for the garbage to work on, so that it gets past the first check.
            let mut words = Vec::new();
            for slot in 0..small {
                words.extend(fill(slot, 256, slot as f64, 0));
            }
            submit(&s, 1, 0, words);
        }
        submit(&s, 1, 0, garbage(&mut rng));
        if round % 500 == 0 {
            submit(&s, 1, 0, vec![]);
            let mut words = fill(3, 4, round as f64, 0);
            words.extend(read(0xabcd, 3, 4));
            submit(&s, 1, 0, words);
            let found = std::iter::from_fn(|| Some(answer(&answers))).find(|(request, _)| *request == 0xabcd);
            assert_eq!(found.unwrap().1.unwrap()[..4], (round as f32).to_le_bytes());
        }
    }
    s.send(Message::Close(1));
    settle(&s);
    assert_eq!(buffers(&s), 0);
}

/// Hands over recorded commands as program `id`.
fn define(s: &Stream, environment: u32, id: u32, recorded: Vec<u32>) {
    let payloads = vec![Payload { id: 77, content: Content::Commands(recorded) }];
    s.send(Message::Submit { environment, stream: 0, words: command(PROGRAM, 0, &[id, 77]), payloads });
}

/// out = a + 1 over `n` values.
fn plus_one(a: u32, out: u32, n: u32) -> Vec<u32> {
    let one = 1f64.to_bits();
    kernel("binary", 0, &[dense(1, 0, a, &[n]), vec![0], dense(2, 0, out, &[n])], &[0, one as u32, (one >> 32) as u32])
}

fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect()
}

#[test]
fn a_program_replays_what_was_recorded_and_frees_what_it_held() {
    let s = start(2);
    let (_environment, answers) = open(&s, 1);
    submit(&s, 1, 0, fill(0, 64, 5.0, 0));
    let mut recorded = plus_one(0, 1, 64);
    recorded.extend(plus_one(1, 2, 64));
    recorded.extend(command(FREE, 0, &[1, 1]));
    recorded.extend(plus_one(2, 3, 64));
    recorded.extend(command(FREE, 0, &[2, 1]));
    define(&s, 1, 9, recorded);
    for _ in 0..3 {
        submit(&s, 1, 0, command(REPLAY, 0, &[9]));
        submit(&s, 1, 0, read(1, 3, 64));
        assert!(floats(&answer(&answers).1.unwrap()).iter().all(|v| *v == 8.0));
    }
    // The input, the result and two temporaries, one of which became the result's memory.
    assert_eq!(buffers(&s), 3);
    submit(&s, 1, 0, command(PROGRAM_FREE, 0, &[9]));
    settle(&s);
    assert_eq!(buffers(&s), 2);
    submit(&s, 1, 0, command(FREE, 0, &[0, 1, 3, 1]));
    settle(&s);
    assert_eq!(buffers(&s), 0);
}

#[test]
fn a_program_runs_only_while_its_inputs_are_the_ones_it_was_recorded_with() {
    let s = start(1);
    let (_environment, answers) = open(&s, 1);
    submit(&s, 1, 0, fill(0, 64, 5.0, 0));
    define(&s, 1, 9, plus_one(0, 3, 64));
    // The same slot and generation with other memory: nobody does this, and it must not be read.
    submit(&s, 1, 0, fill(0, 1 << 20, 5.0, 0));
    submit(&s, 1, 0, command(REPLAY, 0, &[9]));
    submit(&s, 1, 0, read(1, 3, 64));
    assert_eq!(answer(&answers).1.unwrap_err().code, "ERR_CAPTURE");
    // A program that does not exist, or of which nothing was handed over, does nothing.
    submit(&s, 1, 0, command(REPLAY, 0, &[1234]));
    submit(&s, 1, 0, command(PROGRAM, 0, &[5, 6]));
    submit(&s, 1, 0, command(REPLAY, 0, &[5]));
    submit(&s, 1, 0, command(SYNC, 0, &[2]));
    assert_eq!(answer(&answers).0, 2);
}

#[test]
fn damaged_recordings_never_harm_the_process() {
    let s = start(1);
    let (_environment, answers) = open(&s, 1);
    submit(&s, 1, 0, fill(0, 64, 5.0, 0));
    let mut whole = plus_one(0, 1, 64);
    whole.extend(command(INLINE, 0, &[2, 1, 8, 1, 2]));
    whole.extend(plus_one(1, 3, 64));
    whole.extend(command(FREE, 0, &[1, 1]));
    let mut state = 88172645463325252u64;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as usize
    };
    for round in 0..5_000 {
        let mut recorded = whole.clone();
        for _ in 0..1 + next() % 3 {
            let at = next() % recorded.len();
            recorded[at] = match next() % 4 {
                0 => next() as u32,
                1 => u32::MAX,
                2 => recorded[at] ^ (1 << (next() % 32)),
                _ => (next() % 8) as u32,
            };
        }
        recorded.truncate(1 + next() % recorded.len());
        define(&s, 1, 9, recorded);
        submit(&s, 1, 0, command(REPLAY, 0, &[9]));
        if round % 100 == 0 {
            submit(&s, 1, 0, fill(0, 64, 5.0, 0));
        }
    }
    submit(&s, 1, 0, command(SYNC, 0, &[2]));
    assert_eq!(answer(&answers).0, 2);
}
