use super::*;

struct Rng(u64);
impl Rng {
    fn next(&mut self, n: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (self.0 >> 33) % n
    }
}

#[test]
fn hostile_shapes_are_refused_or_exact() {
    let values = [
        0,
        1,
        2,
        3,
        7,
        1 << 31,
        1 << 32,
        (1 << 53) - 1,
        1 << 53,
        (1 << 53) + 1,
        1 << 63,
        usize::MAX,
    ];
    let mut rng = Rng(1);
    let mut refused = 0;
    for _ in 0..100_000 {
        let rank = rng.next(33) as usize % if rng.next(4) == 0 { 33 } else { 5 };
        let mut pick = |_| values[rng.next(values.len() as u64) as usize];
        let shape: Vec<usize> = (0..rank).map(&mut pick).collect();
        let strides: Vec<usize> = (0..rank).map(&mut pick).collect();
        let exact = shape
            .iter()
            .fold(1u128, |a, &n| a.saturating_mul(n as u128));
        let last = shape.iter().zip(&strides).fold(0u128, |a, (&n, &s)| {
            a.saturating_add((n.saturating_sub(1) as u128).saturating_mul(s as u128))
        });
        match Layout::new(&shape, &strides) {
            Ok(l) => {
                assert_eq!(l.size() as u128, exact);
                assert_eq!(l.span() as u128, if exact == 0 { 0 } else { last + 1 });
                assert!(l.span() <= isize::MAX as usize / 8);
            }
            Err(e) => {
                refused += 1;
                assert_eq!(e.code, "ERR_SHAPE_OVERFLOW");
                let padded = shape
                    .iter()
                    .fold(1u128, |a, &n| a.saturating_mul(n.max(1) as u128));
                assert!(rank > MAX_RANK || padded.max(last) >= isize::MAX as u128 / 8);
            }
        }
    }
    assert!(refused > 10_000);
}

#[test]
fn a_walk_visits_what_the_indices_say() {
    let mut rng = Rng(2);
    for _ in 0..300 {
        let rank = rng.next(5) as usize;
        let shape: Vec<usize> = (0..rank).map(|_| rng.next(4) as usize + 1).collect();
        let a: Vec<usize> = (0..rank).map(|_| rng.next(4) as usize * 3).collect();
        let a = Layout::new(&shape, &a).unwrap();
        let b = Layout::contiguous(&shape).unwrap();
        let plan = Plan::new([&a, &b]);
        let mut seen = 0;
        let mut walk = plan.walk(0);
        while seen < plan.size() {
            let n = walk.run().min(1 + rng.next(3) as usize);
            for i in 0..n {
                let want = plan.walk(seen + i).offsets();
                let mut rest = seen + i;
                let mut at = 0;
                for d in (0..rank).rev() {
                    at += rest % shape[d] * a.strides()[d];
                    rest /= shape[d];
                }
                assert_eq!(want, [at, seen + i]);
                let from = walk.offsets();
                let step = plan.inner_strides();
                assert_eq!([from[0] + i * step[0], from[1] + i * step[1]], want);
            }
            walk.step(n);
            seen += n;
        }
    }
}

#[test]
fn neighbours_merge() {
    let a = Layout::contiguous(&[4, 1, 5, 6]).unwrap();
    assert!(a.is_contiguous());
    assert_eq!(Plan::new([&a]).rank(), 1);
    assert_eq!(Plan::new([&a]).inner(), 120);
    let row = Layout::new(&[4, 1, 5, 6], &[0, 0, 6, 1]).unwrap();
    assert!(!row.is_contiguous());
    assert_eq!(Plan::new([&a, &row]).rank(), 2);
}
