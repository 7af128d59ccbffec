// Child processes of the scripts: every one ends with the script, and none is waited for without a bound on its output.
import { spawn } from 'node:child_process'

/**
 * @typedef {object} Outcome
 * @property {number} code the exit code; 128 + signal number is not used, a signal gives 1
 * @property {string} output the last 64 KiB of stdout and stderr, interleaved (empty with `show`)
 */

const keptOutputChars = 64 * 1024

/**
 * Runs a program to its end. SIGINT and SIGTERM that reach the script are passed to the child, so that stopping
 * a script never leaves a build or a test run behind.
 *
 * @param {string} program
 * @param {string[]} args
 * @param {{ cwd: string, env?: NodeJS.ProcessEnv, show?: boolean, timeoutMs?: number }} options
 *   `show` lets the child write to this terminal; otherwise its output is collected.
 * @returns {Promise<Outcome>} also for a program that could not be started (code 127 and the reason as output)
 * @throws {Error} once the child has ended, when a signal asked this script to stop: no further step must follow
 */
export function run(program, args, { cwd, env = process.env, show = false, timeoutMs = 0 }) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd,
      env,
      stdio: show ? 'inherit' : ['ignore', 'pipe', 'pipe'],
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
    })
    let output = ''
    /** @param {Buffer} chunk */
    const keep = (chunk) => {
      output = (output + chunk.toString()).slice(-keptOutputChars)
    }
    child.stdout?.on('data', keep)
    child.stderr?.on('data', keep)
    /** @type {NodeJS.Signals | undefined} */
    let stoppedBy
    /** @param {NodeJS.Signals} signal */
    const pass = (signal) => {
      stoppedBy = signal
      child.kill(signal)
    }
    process.on('SIGINT', pass)
    process.on('SIGTERM', pass)
    /** @param {Outcome} outcome */
    const end = (outcome) => {
      process.off('SIGINT', pass)
      process.off('SIGTERM', pass)
      if (stoppedBy) reject(new Error(`stopped by ${stoppedBy}`))
      else resolve(outcome)
    }
    child.on('error', (error) => end({ code: 127, output: error.message }))
    child.on('close', (code) => end({ code: code ?? 1, output }))
  })
}
