//! One file per command: it reads the operands and parameters that the op of the same name in
//! packages/tensor/src/ops wrote, and calls the kernel of the same name in crates/kernels.
//!
//! A command is `pub fn run(cx: &Cx, ops: &[View], params: &mut Params) -> Result<(), KernelError>`.
//! Shapes and dtypes were checked in TypeScript; outputs are allocated, contiguous and uninitialised.
//! After adding a file run `pnpm gen`: generated.rs and packages/tensor/src/generated/commands.ts list them.

mod generated;

pub use generated::TABLE;
