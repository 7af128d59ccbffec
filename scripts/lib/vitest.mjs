// Runs vitest and counts, from its own machine-readable report, what passed, failed and was skipped.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { root } from './project.mjs'
import { run } from './run.mjs'

/**
 * @typedef {{ passed: number, failed: number, skipped: number, failures: string[], unsteady: string[], notRun: string[] }} Tally
 *   `failures`, and `unsteady` for what failed first and passed then: a line for each; `notRun`: files for which there was no time
 */

/** @type {Tally} */
export const NOTHING = { passed: 0, failed: 0, skipped: 0, failures: [], unsteady: [], notRun: [] }

/** More files than these do not fail by chance. */
const MOST_FILES_AGAIN = 24

/**
 * Runs `vitest run` with its usual output on this terminal. Files that failed, when they are few, are run once more, alone: a busy
 * machine is no defect. What then passes is counted as passed and told as unsteady.
 *
 * @param {string[]} args after `vitest run`
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<Tally>} `failed` is at least 1 whenever vitest was not content, also where no test is to blame
 *   (a file that does not load, an unhandled rejection, vitest itself missing)
 */
export async function runVitest(args, env = process.env) {
  const first = await runOnce(args, env)
  const again = failedFiles(first.report)
  if (again.length === 0 || again.length > MOST_FILES_AGAIN) return tally(first.report, first.code)
  process.stdout.write(`\nonce more, alone: ${again.join(', ')}\n`)
  const config = args.includes('--config') ? args.slice(args.indexOf('--config')).slice(0, 2) : []
  const second = await runOnce([...config, ...again], env)
  return mergeAttempts(first.report, second.report, second.code)
}

/**
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<{ report: Report | null, code: number }>}
 */
async function runOnce(args, env) {
  const folder = mkdtempSync(join(tmpdir(), 'vedette-vitest-'))
  const reportPath = join(folder, 'report.json')
  try {
    const { code } = await run(
      process.execPath,
      [
        join(root, 'node_modules/vitest/vitest.mjs'),
        'run',
        ...args,
        '--reporter=default',
        '--reporter=json',
        `--outputFile.json=${reportPath}`,
      ],
      { cwd: root, env, show: true },
    )
    return { report: readReport(reportPath), code }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/**
 * The files, relative to the project, that failed.
 *
 * @param {Report | null} report
 */
function failedFiles(report) {
  const failed = (report?.testResults ?? []).filter(({ status }) => status === 'failed')
  return failed.map(({ name }) => relative(root, name))
}

/**
 * The tally of a run whose failed files were run once more.
 *
 * @param {Report | null} first
 * @param {Report | null} second of those files alone
 * @param {number} code of the second run
 * @returns {Tally}
 */
export function mergeAttempts(first, second, code) {
  const steady = (first?.testResults ?? []).filter(({ status }) => status !== 'failed')
  const failedBefore = tally(first, 0).failures
  const merged = tally({ testResults: [...steady, ...(second?.testResults ?? [])] }, code)
  const stillFailed = new Set(merged.failures.map(placeOf))
  const unsteady = failedBefore.filter((each) => !stillFailed.has(placeOf(each)))
  return { ...merged, unsteady }
}

/** @param {string} failure */
function placeOf(failure) {
  return failure.slice(0, failure.indexOf(': '))
}

/** So much of a message tells what went wrong. */
const MESSAGE_LENGTH = 240
const MOST_FAILURES_SHOWN = 50

/**
 * @typedef {{ status: string, fullName: string, failureMessages: string[] | null }} ReportedTest
 * @typedef {{ name: string, status: string, message: string, assertionResults: ReportedTest[] }} ReportedFile
 * @typedef {{ testResults: ReportedFile[] }} Report
 *
 * @param {string} path
 */
function readReport(path) {
  return existsSync(path) ? /** @type {Report} */ (JSON.parse(readFileSync(path, 'utf8'))) : null
}

/**
 * @param {Report | null} report null when vitest ended before it wrote one
 * @param {number} exitCode
 * @returns {Tally}
 */
export function tally(report, exitCode) {
  const files = report?.testResults ?? []
  const statuses = files.flatMap((file) => file.assertionResults.map((result) => result.status))
  const failures = files.flatMap((file) => describeFailures(file))
  const passed = statuses.filter((status) => status === 'passed').length
  const failedTests = statuses.filter((status) => status === 'failed').length
  const brokenFiles = files.filter((file) => {
    return (
      file.status === 'failed' &&
      !file.assertionResults.some((result) => result.status === 'failed')
    )
  }).length
  const failed = Math.max(failedTests + brokenFiles, exitCode === 0 ? 0 : 1)
  const skipped = statuses.length - passed - failedTests
  return { ...NOTHING, passed, failed, skipped, failures }
}

/**
 * @param {ReportedFile} file
 * @returns {string[]}
 */
function describeFailures({ name, status, message, assertionResults }) {
  const file = relative(root, name)
  const failed = assertionResults.filter((result) => result.status === 'failed')
  if (failed.length === 0) return status === 'failed' ? [`${file}: ${firstLine(message)}`] : []
  return failed.map(({ fullName, failureMessages }) => {
    return `${file} > ${fullName}: ${firstLine(failureMessages?.[0] ?? '')}`
  })
}

/** @param {string} message */
function firstLine(message) {
  const line = stripVTControlCharacters(message).split('\n', 1)[0] ?? ''
  return line.length > MESSAGE_LENGTH ? `${line.slice(0, MESSAGE_LENGTH)}…` : line
}

/**
 * What failed, and what passed only at the second attempt, a line each, and what was not run: to be read where only the end of a long
 * output is kept. '' when all was well.
 *
 * @param {Tally[]} tallies
 */
export function failureLines(tallies) {
  const all = [
    ...tallies.flatMap(({ unsteady }) => unsteady.map((each) => `unsteady: ${each}\n`)),
    ...tallies.flatMap(({ failures }) => failures.map((each) => `failed: ${each}\n`)),
  ]
  const rest = all.length - MOST_FAILURES_SHOWN
  const notRun = tallies.flatMap((each) => each.notRun)
  const left = notRun.length > 0 ? `not run, since the time was over: ${notRun.join(', ')}\n` : ''
  return all.slice(0, MOST_FAILURES_SHOWN).join('') + (rest > 0 ? `and ${rest} more\n` : '') + left
}

/**
 * The closing line of every test run, alone on its line, for people and scripts alike.
 *
 * @param {Tally[]} tallies
 */
export function closingLine(tallies) {
  const sum = (/** @type {'passed' | 'failed' | 'skipped'} */ key) =>
    tallies.reduce((total, each) => total + each[key], 0)
  const skipped = sum('skipped')
  return `${sum('passed')} passed, ${sum('failed')} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
}
