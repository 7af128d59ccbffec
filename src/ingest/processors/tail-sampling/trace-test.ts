import type { YamlMap } from '../../../yaml/map.ts'
import type { SpanEditor } from '../editor.ts'

/** A trace whose time to wait is over: the batches that its spans came in, with their rows. */
export interface WaitedTrace {
  readonly parts: readonly { readonly editor: SpanEditor; readonly rows: Uint32Array }[]
}

/** Whether a policy would sample a trace. Those that count remember what they have let pass: they are asked once a trace. */
export type TraceTest = (trace: WaitedTrace, nowMs: number) => boolean

/** Whether a span of the trace fits; inverted, whether none does. */
export function anySpan(
  test: (editor: SpanEditor, row: number) => boolean,
  isInverted = false,
): TraceTest {
  return (trace) => {
    const found = trace.parts.some(({ editor, rows }) => rows.some((row) => test(editor, row)))
    return found !== isInverted
  }
}

/** Spans of a trace. */
export function countOf({ parts }: WaitedTrace): number {
  return parts.reduce((sum, { rows }) => sum + rows.length, 0)
}

/** The `key` that most policies have. */
export function readKey(map: YamlMap): string {
  const key = map.key('key').asString() ?? ''
  if (key === '') map.node.error('key must be set')
  return key
}
