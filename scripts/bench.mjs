// npm run bench [-- ARGS]: side by side with Debian's prometheus and victoria-metrics (bench/run.ts).
// npm run bench -- rules [ARGS]: what a thousand rules cost (bench/rules.ts).
// npm run bench:ui [-- PART…]: how fast the web UI is in headless Chromium (bench/ui.ts).
// npm run bench -- alert-storm [ARGS]: ten thousand alerts in a minute, beside Debian's alertmanager (bench/alert-storm.ts).
// npm run bench -- logs [ARGS]: five million log lines in and found again (bench/logs.ts).
// npm run bench -- traces [ARGS]: two million spans in, found again and counted (bench/traces.ts).
// npm run bench -- event-loop [ARGS]: the pauses of the event loop under much load (bench/event-loop.ts).
// npm run bench -- backup [ARGS]: how long backup and restore of fifty million samples take (bench/backup.ts).
// npm run bench -- flood [ARGS]: series, lines and spans for ten minutes, within the memory budget (bench/flood.ts).
// npm run bench -- growth [ARGS]: what a machine needs as the number of series grows (bench/growth.ts).
// npm run bench -- downsampling [ARGS]: aggregates of old metrics beside raw samples (bench/downsampling.ts).
// npm run bench -- micro [FILTER…]: the micro-benchmarks beside the code (*.bench.ts).
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { prepareDist } from './lib/bundle.mjs'
import { installDebianPackages } from './lib/debian.mjs'
import { installWhenStale } from './lib/install.mjs'
import { requireSupportedNode, root } from './lib/project.mjs'
import { run } from './lib/run.mjs'

requireSupportedNode()
process.exitCode = await bench(process.argv.slice(2))

/**
 * @param {string[]} args
 * @returns {Promise<number>} the exit code
 */
async function bench(args) {
  try {
    await installWhenStale(root)
    if (args[0] === 'micro')
      return await node(['node_modules/vitest/vitest.mjs', 'bench', '--run', ...args.slice(1)])
    const own = [
      'rules',
      'ui',
      'alert-storm',
      'logs',
      'traces',
      'event-loop',
      'backup',
      'flood',
      'growth',
      'downsampling',
    ].find((name) => name === args[0])
    const file = `bench/${own ?? 'run'}.ts`
    if (!existsSync(join(root, file))) throw new Error(`${file} is missing`)
    await installDebianPackages(
      own === 'alert-storm'
        ? ['prometheus', 'prometheus-alertmanager']
        : ['prometheus', 'prometheus-node-exporter', 'victoria-metrics'],
    )
    await prepareDist(root)
    return await node(['--import', 'tsx', file, ...(own === undefined ? args : args.slice(1))])
  } catch (error) {
    process.stderr.write(`vedette: ${error instanceof Error ? error.message : String(error)}\n`)
    return 1
  }
}

/** @param {string[]} args */
async function node(args) {
  const { code } = await run(process.execPath, args, { cwd: root, show: true })
  return code
}
