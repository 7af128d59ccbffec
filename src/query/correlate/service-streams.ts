import type { LinesSource } from '../../store/lines-source.ts'

/** Every stream: a name of a service is made for those that have none. */
export const ALL_STREAMS = '{service_name=~".+"}'
const NS_PER_MS = 1_000_000

/** The streams that hold the lines of a service. */
export interface ServiceStreams {
  readonly selector: string
  /** False: none is known by its name, so all are meant. */
  readonly isOfService: boolean
}

/** Finds the label by which the streams of a service are told from others at a time; the first of `labels` that has its name. */
export function findServiceStreams(
  source: LinesSource,
  service: string,
  labels: readonly string[],
  range: { readonly startMs: number; readonly endMs: number },
): ServiceStreams {
  if (service === '') return { selector: ALL_STREAMS, isOfService: false }
  const times = {
    startNs: BigInt(Math.floor(range.startMs * NS_PER_MS)),
    endNs: BigInt(Math.ceil(range.endMs * NS_PER_MS)),
  }
  for (const label of labels) {
    const { values } = source.labelValues(label, { selectors: [], limit: 0, ...times })
    if (values.includes(service))
      return { selector: `{${label}=${JSON.stringify(service)}}`, isOfService: true }
  }
  return { selector: ALL_STREAMS, isOfService: false }
}
