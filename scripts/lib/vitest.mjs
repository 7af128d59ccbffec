// Runs vitest and counts, from its own machine-readable report, what passed, failed and was skipped.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from './project.mjs'
import { run } from './run.mjs'

/** @typedef {{ passed: number, failed: number, skipped: number }} Tally */

/**
 * Runs `vitest run` with its usual output on this terminal.
 *
 * @param {string[]} args after `vitest run`
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<Tally>} `failed` is at least 1 whenever vitest was not content, also where no test is to blame
 *   (a file that does not load, an unhandled rejection, vitest itself missing)
 */
export async function runVitest(args, env = process.env) {
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
    return tally(readReport(reportPath), code)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/**
 * @typedef {{ status: string, assertionResults: { status: string }[] }} ReportedFile
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
  const passed = statuses.filter((status) => status === 'passed').length
  const failedTests = statuses.filter((status) => status === 'failed').length
  const brokenFiles = files.filter((file) => {
    return (
      file.status === 'failed' &&
      !file.assertionResults.some((result) => result.status === 'failed')
    )
  }).length
  const failed = Math.max(failedTests + brokenFiles, exitCode === 0 ? 0 : 1)
  return { passed, failed, skipped: statuses.length - passed - failedTests }
}

/**
 * The closing line of every test run, alone on its line, for people and scripts alike.
 *
 * @param {Tally[]} tallies
 */
export function closingLine(tallies) {
  const sum = (/** @type {keyof Tally} */ key) =>
    tallies.reduce((total, each) => total + each[key], 0)
  const skipped = sum('skipped')
  return `${sum('passed')} passed, ${sum('failed')} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
}
