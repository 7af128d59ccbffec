import type { Terminal } from '../terminal.ts'

export interface FakeTerminal extends Terminal {
  /** Everything that was written to the standard output. */
  out(): string
  /** Everything that was written to standard error. */
  remarks(): string
}

/** A terminal of 60 columns without colours, at a fixed time. */
export function fakeTerminal(more: Partial<Terminal> = {}): FakeTerminal {
  let out = ''
  let remarks = ''
  return {
    columns: 60,
    rows: 16,
    color: false,
    isInteractive: false,
    nowMs: () => Date.UTC(2026, 0, 1, 12, 0, 7),
    write: (text) => {
      out += text
    },
    remark: (text) => {
      remarks += text
    },
    out: () => out,
    remarks: () => remarks,
    ...more,
  }
}
