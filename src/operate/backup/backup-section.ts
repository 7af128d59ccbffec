import { Problem, messageOf } from '../../model/problem.ts'
import type { Secret } from '../../yaml/secret.ts'
import type { YamlNode } from '../../yaml/node.ts'
import { parseKeep, type Keep } from './keep.ts'
import { openTarget } from './open-target.ts'
import { passphraseFault } from './seal.ts'
import type { ArchiveMode } from './take-backup.ts'

/** Backups that the server takes by itself. */
export interface BackupSettings {
  /** As written: a folder, or `s3://BUCKET/PREFIX`. */
  readonly target: string
  readonly everyMs: number
  /** Undefined: all. */
  readonly keep: Keep | undefined
  readonly passphrase: Secret | undefined
  /** A second name of `vedette_last_backup_timestamp_seconds`, for rules that know another one. */
  readonly metric: string | undefined
  /** What becomes of what lies in the archive. */
  readonly archive: ArchiveMode
}

const HOUR_MS = 3_600_000
export const ARCHIVE_MODES = ['include', 'reference'] as const satisfies readonly ArchiveMode[]

/** Reads `backup: {target, every, keep, passphrase, metric, archive}`; undefined when there is none, or a fault in it. */
export function readBackupSection(
  node: YamlNode | undefined,
  env: Readonly<Record<string, string | undefined>>,
): BackupSettings | undefined {
  const map = node?.asMap()
  if (map === undefined) return undefined
  const [place, every, kept] = [map.key('target'), map.key('every'), map.key('keep')]
  const [secret, named, archived] = [map.key('passphrase'), map.key('metric'), map.key('archive')]
  const target = place.asString() ?? ''
  if (target === '') place.error('is needed: a folder, or s3://BUCKET/PREFIX')
  else tryTarget(place, target, env)
  const everyMs = every.durationMs() ?? 24 * HOUR_MS
  if (everyMs < HOUR_MS / 60) every.error('must be at least 1m')
  const keepText = kept.asString()
  const keep = keepText === undefined ? undefined : parseKeep(keepText)
  if (keepText !== undefined && keep === undefined) {
    kept.error('must be a number of backups, such as 7, or an age, such as 30d')
  }
  const passphrase = secret.asSecret()
  const fault = passphrase === undefined ? undefined : passphraseFault(passphrase.reveal())
  if (fault !== undefined) secret.error(fault)
  const metric = named.asString()
  if (metric !== undefined && !/^[a-zA-Z_:][\w:]*$/.test(metric)) {
    named.error('must be a name of a metric')
  }
  const archive = archived.asOneOf(ARCHIVE_MODES) ?? 'include'
  map.finish()
  return { target, everyMs, keep, passphrase, metric, archive }
}

function tryTarget(
  node: YamlNode,
  target: string,
  env: Readonly<Record<string, string | undefined>>,
): void {
  try {
    void openTarget(target, env).close()
  } catch (thrown) {
    if (!(thrown instanceof Problem)) throw thrown
    node.error(messageOf(thrown))
  }
}
