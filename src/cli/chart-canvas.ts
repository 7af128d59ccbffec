/** How the dots of a canvas become characters. */
export interface Pen {
  readonly dotsPerColumn: number
  readonly dotsPerRow: number
  /** The character of a cell, from its dots (bit by `bitOf`) and the line that was drawn into it last. */
  readonly glyph: (bits: number, line: number) => string
}

/** The bit of each dot of a Braille cell: four rows of two columns. */
const BRAILLE_BITS = [0x01, 0x08, 0x02, 0x10, 0x04, 0x20, 0x40, 0x80]

/** Eight dots a cell; lines are told apart by colour. */
export const BRAILLE: Pen = {
  dotsPerColumn: 2,
  dotsPerRow: 4,
  glyph: (bits) => String.fromCharCode(0x2800 + bits),
}

/** One letter a cell, so that lines can be told apart without colour; those past the alphabet (`named`) are dots. */
export function letters(named: number): Pen {
  return { dotsPerColumn: 1, dotsPerRow: 1, glyph: (_bits, line) => letterOf(line, named) }
}

export function letterOf(line: number, named: number): string {
  return line < named && line < 26 ? String.fromCharCode(97 + line) : '·'
}

/** A grid of character cells, each with dots and the line they belong to. */
export class Canvas {
  readonly columns: number
  readonly rows: number
  readonly #pen: Pen
  readonly #bits: Uint8Array
  readonly #lines: Int32Array
  readonly #arrows: Uint8Array

  constructor(columns: number, rows: number, pen: Pen) {
    this.columns = columns
    this.rows = rows
    this.#pen = pen
    this.#bits = new Uint8Array(columns * rows)
    this.#lines = new Int32Array(columns * rows)
    this.#arrows = new Uint8Array(columns * rows)
  }

  /**
   * Draws values at equal distances from the left edge to the right, joined by straight lines. NaN is a gap; infinities are
   * arrows at the edge. What is drawn later covers what was drawn before.
   */
  plot(values: Float64Array, line: number, scale: { low: number; high: number }): void {
    const width = this.columns * this.#pen.dotsPerColumn
    const height = this.rows * this.#pen.dotsPerRow
    const perValue = (width - 1) / Math.max(1, values.length - 1)
    const perUnit = (height - 1) / (scale.high - scale.low)
    let beforeX = -1
    let beforeY = 0
    for (let i = 0; i < values.length; i++) {
      const value = values[i] as number
      const x = values.length === 1 ? width - 1 : Math.round(i * perValue)
      if (!Number.isFinite(value)) {
        beforeX = -1
        if (!Number.isNaN(value)) this.#arrow(x, value > 0, line)
        continue
      }
      const clipped = Math.max(scale.low, Math.min(scale.high, value))
      const y = Math.round((scale.high - clipped) * perUnit)
      if (beforeX < 0) this.#dot(x, y, line)
      else this.#segment(beforeX, beforeY, x, y, line)
      beforeX = x
      beforeY = y
    }
  }

  /** The characters of a row, neighbours of the same line together; `line` is -1 for empty cells. */
  row(row: number): { text: string; line: number }[] {
    const out: { text: string; line: number }[] = []
    for (let column = 0; column < this.columns; column++) {
      const at = row * this.columns + column
      const { text, line } = this.#cell(at)
      const last = out.at(-1)
      if (last?.line === line) last.text += text
      else out.push({ text, line })
    }
    return out
  }

  #cell(at: number): { text: string; line: number } {
    const bits = this.#bits[at] as number
    const line = this.#lines[at] as number
    const arrow = this.#arrows[at] as number
    if (arrow !== 0) return { text: arrow === 1 ? '↑' : '↓', line }
    return bits === 0 ? { text: ' ', line: -1 } : { text: this.#pen.glyph(bits, line), line }
  }

  #segment(fromX: number, fromY: number, toX: number, toY: number, line: number): void {
    const steps = Math.max(toX - fromX, Math.abs(toY - fromY), 1)
    for (let k = 0; k <= steps; k++) {
      const share = k / steps
      this.#dot(
        Math.round(fromX + (toX - fromX) * share),
        Math.round(fromY + (toY - fromY) * share),
        line,
      )
    }
  }

  #dot(x: number, y: number, line: number): void {
    const { dotsPerColumn, dotsPerRow } = this.#pen
    const at = Math.floor(y / dotsPerRow) * this.columns + Math.floor(x / dotsPerColumn)
    const bit = (y % dotsPerRow) * 2 + (x % dotsPerColumn)
    this.#bits[at] = (this.#bits[at] as number) | (BRAILLE_BITS[bit] as number)
    this.#lines[at] = line
    this.#arrows[at] = 0
  }

  #arrow(x: number, isUp: boolean, line: number): void {
    const row = isUp ? 0 : this.rows - 1
    const at = row * this.columns + Math.floor(x / this.#pen.dotsPerColumn)
    this.#arrows[at] = isUp ? 1 : 2
    this.#lines[at] = line
  }
}
