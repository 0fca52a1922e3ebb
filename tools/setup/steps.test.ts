import { expect, it } from 'vitest'
import { duration, run } from './steps.mjs'

it('writes durations as people read them', () => {
  expect(duration(440)).toBe('0.4 s')
  expect(duration(72_000)).toBe('1 min 12 s')
})

it('resolves with the status and all output', async () => {
  const script = 'console.log("out"); console.error("err"); process.exit(3)'
  const result = await run(process.execPath, ['-e', script], { allowFailure: true })
  expect(result.code).toBe(3)
  expect(result.output.split('\n').sort().join(' ').trim()).toBe('err out')
})

it('makes a failure an error that shows the command and its output', async () => {
  const failing = run(process.execPath, ['-e', 'console.log("why"); process.exit(2)'])
  await expect(failing).rejects.toThrow(/why[^]*must end with status 0; got 2\./)
})

it('says which command is missing', async () => {
  await expect(run('heddle-no-such-command', [])).rejects.toThrow(
    'heddle-no-such-command: could not be started; got ENOENT. Is it installed?',
  )
})

it('kills a command that hangs, and what it started', async () => {
  const inner = 'setInterval(() => {}, 1000)'
  const script = `require('child_process').spawn(process.execPath, ['-e', '${inner}'], { stdio: 'inherit' }); ${inner}`
  // It resolves only when nobody holds the output open any more.
  const result = await run(process.execPath, ['-e', script], { allowFailure: true, minutes: 0.01 })
  expect(result.code).toBe('timeout')
  expect(result.output).toContain('Stopped: not done after 0.01 minutes.')
})
