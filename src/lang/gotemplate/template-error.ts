/** When a template failed: while it was read, made safe for HTML, or evaluated; or because it would pass a limit. */
export type TemplateStage = 'parse' | 'escape' | 'execute' | 'limit'

/**
 * A template that cannot be read or evaluated. The message is worded as Go words it, because users know and search these
 * texts: `template: NAME:LINE: …` of reading, `template: NAME:LINE:COLUMN: executing "NAME" at <.Foo>: …` of evaluation.
 */
export class TemplateError extends Error {
  override readonly name = 'TemplateError'
  readonly stage: TemplateStage
  /** From 1; undefined when the fault is at no place. */
  readonly line: number | undefined

  constructor(stage: TemplateStage, message: string, line?: number, options?: { cause?: unknown }) {
    super(message, options)
    this.stage = stage
    this.line = line
  }
}
