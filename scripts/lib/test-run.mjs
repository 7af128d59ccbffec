// What `npm test` and `npm run e2e` have in common: prepare the machine, run the suites, end with one closing line.
import { prepareDist } from './bundle.mjs'
import { installDebianPackages } from './debian.mjs'
import { installWhenStale } from './install.mjs'
import { requireSupportedNode, root } from './project.mjs'
import { closingLine, failureLines, runVitest } from './vitest.mjs'

/**
 * @typedef {object} Suite
 * @property {string[]} args for vitest
 * @property {NodeJS.ProcessEnv} [env] on top of this process's own
 * @property {boolean} needsBuild whether the tests start bin/vedette
 */

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
      tallies.push(await runVitest(suite.args, { ...process.env, ...suite.env }))
    }
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    tallies.push({ passed: 0, failed: 1, skipped: 0, failures: [], unsteady: [] })
  }
  process.stdout.write(`\n${failureLines(tallies)}${closingLine(tallies)}\n`)
  process.exitCode = tallies.some(({ failed }) => failed > 0) ? 1 : 0
}
