import type { TailConfig } from '../tail/config/promtail-config.ts'
import type { TailJob } from '../tail/config/tail-job.ts'
import type { TailPart } from '../tail/config/promtail-part.ts'
import type { FileLogSettings } from './read-file-log.ts'
import { operatorStages } from './run-operators.ts'

/** The label of lines that says which receiver they are of. */
export const RECEIVER = 'receiver'

/** A receiver of files under its name in the collector's file, such as `filelog/app`. */
interface FileLogReceiver {
  readonly id: string
  readonly settings: FileLogSettings
}

const SYNC_MS = 10_000

/** What the collection of log files has to do for receivers of a collector's file; undefined: there are none. */
export function fileLogPart(
  receivers: readonly FileLogReceiver[],
  { file, version }: { readonly file: string; readonly version: string },
): TailPart | undefined {
  if (receivers.length === 0) return undefined
  const config: TailConfig = {
    jobs: receivers.map(jobOf),
    externalLabels: {},
    positions: { file: '', syncPeriodMs: SYNC_MS, ignoresInvalid: true },
    scanIntervalMs: Math.min(...receivers.map(({ settings }) => settings.scanIntervalMs)),
    ...{ maxLineBytes: 0, cutsLines: false, folder: '/' },
  }
  return { config, file, isHost: false, version }
}

function jobOf({ id, settings }: FileLogReceiver): TailJob {
  const { include, exclude, startsAtEnd, form, compression } = settings
  const labels = {
    __path__: joined(include),
    ...(exclude.length === 0 ? {} : { __path_exclude__: joined(exclude) }),
    [RECEIVER]: id,
  }
  return {
    jobName: id,
    discovery: { static: [{ targets: [], labels }], file: [], others: [] },
    ...{ docker: [], relabelConfigs: [] },
    ...{ journal: undefined, syslog: undefined, gelf: undefined },
    stages: operatorStages(settings),
    ...{ form, compression, startsAtEnd },
  }
}

/** One pattern for several absolute ones: a file that two of them fit is read once. */
function joined(patterns: readonly string[]): string {
  const [only] = patterns
  if (only !== undefined && patterns.length === 1) return only
  return `/{${patterns.map((pattern) => pattern.slice(1)).join(',')}}`
}
