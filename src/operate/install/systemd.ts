import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { Problem } from '../../model/problem.ts'

/** systemd.unit(5): where the units of an administrator lie. */
export const UNIT_FOLDER = '/etc/systemd/system'

/** Whether this machine was booted with systemd (sd_booted(3)). */
export function isBootedWithSystemd(): boolean {
  return existsSync('/run/systemd/system')
}

/** Runs `systemctl` with these arguments. Throws a `Problem` with what it said. */
export function systemctl(...args: readonly string[]): void {
  const ended = spawnSync('systemctl', args, { encoding: 'utf8' })
  if (ended.status === 0) return
  const reason = ended.error?.message ?? ended.stderr.trim()
  throw new Problem('execution', `systemctl ${args.join(' ')}: ${reason}`)
}

/** Whether a unit runs. */
export function isActive(unit: string): boolean {
  return (
    isBootedWithSystemd() && spawnSync('systemctl', ['is-active', '--quiet', unit]).status === 0
  )
}
