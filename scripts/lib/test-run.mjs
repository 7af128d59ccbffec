// What `npm test` and `npm run e2e` have in common: prepare the machine, run the suites, end with one closing line.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { prepareDist } from './bundle.mjs'
import { installDebianPackages } from './debian.mjs'
import { installWhenStale } from './install.mjs'
import { requireSupportedNode, root } from './project.mjs'
import { closingLine, failureLines, NOTHING, runVitest } from './vitest.mjs'

/**
 * @typedef {object} Suite
 * @property {string[]} args for vitest
 * @property {NodeJS.ProcessEnv} [env] on top of this process's own
 * @property {boolean} needsBuild whether the tests start bin/vedette
 * @property {string} [folder] of its files, which are run some at a time: none are begun once the time is over
 */

/** Files of a folder that are run by one vitest. */
const BATCH = 6
/** `VEDETTE_TEST_MINUTES`: no more files of a folder are begun after so many minutes; which were not is told. Not set: all are run. */
const minutes = Number(process.env['VEDETTE_TEST_MINUTES'] ?? Number.POSITIVE_INFINITY)
const isTimeOver = () => performance.now() > minutes * 60_000

/**
 * Runs the suites one after the other, all of them even when one fails, and sets the exit code.
 *
 * @param {Suite[]} suites
 */
export async function runSuites(suites) {
  requireSupportedNode()
  const tallies = []
  try {
    await installWhenStale(root)
    await installDebianPackages([
      'prometheus',
      'prometheus-node-exporter',
      'prometheus-alertmanager',
      'prometheus-postgres-exporter',
      'prometheus-blackbox-exporter',
      'strace',
      'faketime',
      'postgresql',
      'chromium',
      'rsyslog',
      'ansible-core',
      'docker-compose',
      'nginx',
    ])
    for (const suite of suites) {
      if (suite.needsBuild) await prepareDist(root)
      tallies.push(...(await runSuite(suite)))
    }
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    tallies.push({ ...NOTHING, failed: 1 })
  }
  process.stdout.write(`\n${failureLines(tallies)}${closingLine(tallies)}\n`)
  process.exitCode = tallies.some(({ failed }) => failed > 0) ? 1 : 0
}

/**
 * @param {Suite} suite
 * @returns {Promise<import('./vitest.mjs').Tally[]>}
 */
async function runSuite({ args, env, folder }) {
  const environment = { ...process.env, ...env }
  if (folder === undefined) return [await runVitest(args, environment)]
  // When the time is over, chance decides what is left out, so that the next run does not leave out the same.
  const files = shuffle(readdirSync(join(root, folder)).filter((name) => name.endsWith('.test.ts')))
  const tallies = []
  while (files.length > 0 && !isTimeOver()) {
    const batch = files.splice(0, BATCH).map((name) => `${folder}/${name}`)
    tallies.push(await runVitest([...args, ...batch], environment))
  }
  return [...tallies, { ...NOTHING, notRun: files.map((name) => `${folder}/${name}`) }]
}

/**
 * @template T
 * @param {T[]} items
 */
function shuffle(items) {
  return items
    .map((item) => ({ item, place: Math.random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item)
}
