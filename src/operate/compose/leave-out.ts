import type { ComposeService } from './compose-service.ts'
import type { Draft } from './draft.ts'
import type { Flag } from './flags-of.ts'

/** A flag or variable that has no meaning here, with the reason; one that ends in `.`, `-` or `_` stands for all that begin so. */
export type Meaningless = readonly (readonly [name: string, reason: string])[]

/** Flags that all of Prometheus's family have. */
export const COMMON_FLAGS: Meaningless = [
  ['config.file', ''],
  ['web.listen-address', ''],
  ['web.telemetry-path', 'a job with another metrics_path is answered the same'],
  ['web.max-requests', 'one request is answered at a time'],
  ['web.disable-exporter-metrics', 'figures of the program itself are under its own job'],
  ['web.config.file', 'listen.tls and access say who may ask'],
  ['web.systemd-socket', 'ports stand under listen'],
  ['web.', 'the web UI has no such setting'],
  ['runtime.', 'this program is not written in Go'],
  ['log.', 'vedette start has --log.level and --log.format'],
]

/** The reason why a name has no meaning here; undefined for one that is not in the list, '' for one that needs no word. */
export function reasonOf(name: string, list: Meaningless): string | undefined {
  const found = list.find(([known]) =>
    /[._-]$/.test(known) ? name.startsWith(known) : name === known,
  )
  return found?.[1]
}

/** As a command line has it. */
export function showFlag({ name, value }: Flag): string {
  return `--${name}${value === undefined ? '' : `=${value}`}`
}

/** Notes a flag that nothing is made of: left out with its reason, and to be looked at where there is none. */
export function leaveOut(
  draft: Draft,
  service: ComposeService,
  flag: Flag,
  list: Meaningless,
): void {
  const subject = { name: service.name, place: flag.place }
  const reason = reasonOf(flag.name, list)
  if (reason === '') return
  const shown = showFlag(flag)
  draft.note(subject, 'left out', `${shown}: ${reason ?? 'there is no such flag here'}`)
}
