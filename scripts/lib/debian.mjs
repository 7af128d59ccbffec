// The original programs that tests and benchmarks run against, from Debian's own packages.
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { withProgress } from './progress.mjs'
import { root } from './project.mjs'
import { run } from './run.mjs'

/** Package name → a program that it installs. */
const programs = {
  prometheus: 'promtool',
  'prometheus-node-exporter': 'prometheus-node-exporter',
  'prometheus-alertmanager': 'amtool',
  'prometheus-postgres-exporter': 'prometheus-postgres-exporter',
  'prometheus-blackbox-exporter': 'prometheus-blackbox-exporter',
  strace: 'strace',
  faketime: 'faketime',
  postgresql: 'pg_createcluster',
  chromium: 'chromium',
  rsyslog: 'rsyslogd',
  'ansible-core': 'ansible-playbook',
  'docker-compose': 'docker-compose',
  nginx: 'nginx',
  'victoria-metrics': 'victoria-metrics',
}

/** @typedef {keyof typeof programs} DebianPackage */

const installTimeoutMs = 240_000

/** Debian's maintainer scripts ask this file before they start a service; 101 means "do not". */
const servicePolicyPath = '/usr/sbin/policy-rc.d'

/**
 * Installs the packages whose programs are missing, where that is possible: as root, with apt-get. Otherwise, or when
 * it fails, a notice says what is missing; the tests that need it then skip with a notice of their own.
 *
 * @param {DebianPackage[]} packages
 */
export async function installDebianPackages(packages) {
  const missing = packages.filter((name) => !isOnPath(programs[name]))
  if (missing.length === 0) return
  const obstacle = await tryToInstall(missing)
  if (obstacle === '') return
  process.stderr.write(
    `vedette: notice: ${missing.join(', ')} could not be installed (${obstacle}); the tests that need them are skipped\n`,
  )
}

/**
 * @param {DebianPackage[]} missing
 * @returns {Promise<string>} why it did not work, or ''
 */
async function tryToInstall(missing) {
  if (!isOnPath('apt-get')) return 'no apt-get here'
  if (process.getuid?.() !== 0) return 'needs root'
  const stopsServices = !existsSync(servicePolicyPath)
  if (stopsServices) writeFileSync(servicePolicyPath, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  try {
    return await withProgress(`installing ${missing.join(', ')} from Debian`, async () => {
      const updated = await aptGet(['update'])
      const installed = await aptGet(['install', '--yes', '--no-install-recommends', ...missing])
      if (installed.code === 0) return ''
      const reason = installed.output.match(/^E: .*$/m) ?? updated.output.match(/^[EW]: .*$/m)
      return reason?.[0] ?? `apt-get ended with exit code ${installed.code}`
    })
  } finally {
    if (stopsServices) rmSync(servicePolicyPath, { force: true })
  }
}

/** @param {string[]} args */
function aptGet(args) {
  const bounds = [
    '-o',
    'Acquire::Retries=1',
    '-o',
    'Acquire::http::Timeout=20',
    '-o',
    'DPkg::Lock::Timeout=60',
  ]
  return run('apt-get', [...bounds, '-qq', ...args], {
    cwd: root,
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    timeoutMs: installTimeoutMs,
  })
}

/** @param {string} program */
function isOnPath(program) {
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .some((folder) => existsSync(join(folder, program)))
}
