import type { Draft } from './draft.ts'
import { flagsOf } from './flags-of.ts'
import { keepVariables } from './interpolate.ts'
import type { ComposeService } from './read-compose.ts'

/** node_exporter: this process runs on the host itself, so the mounts of its container are not needed. */
export function translateNodeExporter(draft: Draft, service: ComposeService): void {
  draft.note(service.name, 'same', 'the metrics of this host are collected in the process')
  for (const { name, value } of flagsOf(service.command)) {
    const shown = `--${name}${value === undefined ? '' : `=${value}`}`
    const [, no, rest = ''] = /^(no-)?collector\.(.+)$/.exec(name) ?? []
    if (rest !== '') {
      draft.set(['host', 'collector', rest], no === undefined ? (value ?? true) : false)
      draft.note(service.name, 'same', shown)
    } else if (name.startsWith('path.')) {
      draft.note(service.name, 'changed', `${shown}: the host is seen directly`)
    } else draft.note(service.name, 'left out', `${shown}: there is no such flag here`)
  }
}

/** cAdvisor. */
export function translateCadvisor(draft: Draft, service: ComposeService): void {
  draft.set(['containers'], new Map())
  draft.note(service.name, 'changed', 'the containers of this host are watched in the process')
  const flags = flagsOf(service.command).map(({ name }) => `--${name}`)
  if (flags.length > 0) {
    draft.note(
      service.name,
      'left out',
      `${flags.join(', ')}: docs/collect/containers.md says what is collected`,
    )
  }
}

/** Variables of postgres_exporter that are read here as there. */
const POSTGRES = /^(?:DATA_SOURCE_|PG_EXPORTER_)/

/** postgres_exporter. */
export function translatePostgresExporter(draft: Draft, service: ComposeService): void {
  draft.set(['postgres'], new Map())
  for (const [name, value] of service.environment) {
    if (!POSTGRES.test(name)) continue
    const kept = keepVariables(value)
    if (kept === undefined) {
      draft.note(
        service.name,
        'to do',
        `${name}: write its variables in capitals into environment.set`,
      )
      continue
    }
    draft.set(['environment', 'set', name], kept)
    draft.note(service.name, 'same', name)
  }
}
