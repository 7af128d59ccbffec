import { describe, expect, it } from 'vitest'
import { drawChart, type ChartLine, type ChartOptions } from './draw-chart.ts'

const options: ChartOptions = {
  width: 44,
  height: 6,
  startMs: Date.UTC(2026, 0, 1, 12),
  endMs: Date.UTC(2026, 0, 1, 12, 10),
  localOffsetMs: 0,
  color: false,
  legendRows: 12,
  title: '',
}

function line(name: string, values: readonly number[]): ChartLine {
  return { name, values: Float64Array.from(values), last: values.findLast((v) => !Number.isNaN(v)) }
}

const steps = (count: number, of: (i: number) => number): number[] =>
  Array.from({ length: count }, (_, i) => of(i))

/** With a frame, so that editors leave trailing spaces alone and snapshots show where lines begin. */
function draw(lines: readonly ChartLine[], more: Partial<ChartOptions> = {}): string {
  return `\n${drawChart(lines, { ...options, ...more })}\n`
}

describe('a chart in the terminal', () => {
  it('draws one line with Braille dots', () => {
    const sine = line(
      'sin',
      steps(120, (i) => 50 + 45 * Math.sin(i / 9)),
    )
    expect(draw([sine])).toMatchInlineSnapshot(`
      "
         │  ⢠⠔⠉⠙⠢⡀             ⡠⠊⠉⠑⢆⡀
         │ ⡰⠁    ⠘⢄           ⡔⠁    ⠑⡄          ⢀⠎
      50 ┤⡸       ⠈⢢         ⡜       ⠑⡄        ⢀⠎
         │         ⠈⢢      ⢀⠜         ⠈⡆      ⢀⠇
         │           ⠱⡀   ⢠⠊           ⠈⢆⡀   ⡠⠃
       0 ┤            ⠘⠲⠤⠚⠁              ⠑⠦⠤⠊
         └┬───────────────────┬──────────────────┬
        12:00               12:05            12:10
      ━━ sin  77.44
      "
    `)
  })

  it('draws several lines with letters where there are no colours, the first on top', () => {
    const up = line(
      'up',
      steps(40, (i) => i),
    )
    const down = line(
      'down',
      steps(40, (i) => 39 - i),
    )
    expect(draw([up, down])).toMatchInlineSnapshot(`
      "
         │bbbb                                aaaa
         │    bbbbbbbb                aaaaaaaa
      25 ┤            bbbbbbbbaaaaaaaa
         │            aaaaaaaabbbbbbbb
         │    aaaaaaaa                bbbbbbbb
       0 ┤aaaa                                bbbb
         └┬───────────────────┬──────────────────┬
        12:00               12:05            12:10
      a up    39
      b down   0
      "
    `)
  })

  it('draws several lines in colours', () => {
    const chart = drawChart([line('a', [1, 1]), line('b', [2, 2])], { ...options, color: true })
    expect(chart).toContain('\u001b[36m━━\u001b[0m a  1')
    expect(chart).toContain('\u001b[33m━━\u001b[0m b  2')
    expect(chart).toMatch(/\u001b\[36m[\u2801-\u28ff]+\u001b\[0m/)
  })

  it('leaves gaps empty', () => {
    const gap = line(
      'gap',
      steps(60, (i) => (i > 20 && i < 40 ? Number.NaN : i)),
    )
    expect(draw([gap])).toMatchInlineSnapshot(`
      "
         │                                  ⣀⡠⠤⠔⠒⠉
      50 ┤                           ⣀⣀⠤⠒⠒⠉⠉
         │
         │             ⢀
         │      ⣀⣀⠤⠤⠒⠊⠉⠁
       0 ┤⣀⡠⠔⠒⠊⠉
         └┬───────────────────┬──────────────────┬
        12:00               12:05            12:10
      ━━ gap  59
      "
    `)
  })

  it('shows values below zero', () => {
    const wave = line(
      'wave',
      steps(80, (i) => 3 * Math.sin(i / 8)),
    )
    expect(draw([wave])).toMatchInlineSnapshot(`
      "
       2.5 ┤   ⢀⠔⠉⠉⠒⢄                  ⡠⠒⠉⠉⠑⠤⡀
           │ ⢀⠔⠁     ⠑⢄              ⢠⠊      ⠑⡄
           │⢠⠊         ⠱⡀           ⡔⠁        ⠈⢆
         0 ┤⠁           ⠘⢄         ⡸            ⠱⡀
           │             ⠈⢆      ⢀⠎              ⠘
      -2.5 ┤               ⠑⠤⣀⣀⡠⠒⠁
           └┬──────────────────┬─────────────────┬
          12:00              12:05           12:10
      ━━ wave  -1.305
      "
    `)
  })

  it('draws a constant value', () => {
    expect(
      draw([
        line(
          'up',
          steps(20, () => 1),
        ),
      ]),
    ).toMatchInlineSnapshot(`
      "
      1 ┤⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉
        │
        │
        │
        │
      0 ┤
        └┬───────────────────┬───────────────────┬
       12:00               12:05             12:10
      ━━ up  1
      "
    `)
    expect(
      draw(
        [
          line(
            'zero',
            steps(20, () => 0),
          ),
        ],
        { height: 3 },
      ),
    ).toMatchInlineSnapshot(`
      "
      1 ┤
        │
      0 ┤⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀
        └┬───────────────────┬───────────────────┬
       12:00               12:05             12:10
      ━━ zero  0
      "
    `)
    expect(
      draw(
        [
          line(
            'minus',
            steps(20, () => -7.5),
          ),
        ],
        { height: 3 },
      ),
    ).toMatchInlineSnapshot(`
      "
       0 ┤
      -5 ┤
         │⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀
         └┬───────────────────┬──────────────────┬
        12:00               12:05            12:10
      ━━ minus  -7.5
      "
    `)
  })

  it('draws infinities as arrows, and says them in the legend', () => {
    const values = [1, 2, Number.POSITIVE_INFINITY, 2, Number.NEGATIVE_INFINITY, 1]
    const odd = line(
      'odd',
      steps(36, (i) => values[Math.floor(i / 6)] ?? 0),
    )
    expect(draw([odd])).toMatchInlineSnapshot(`
      "
      2 ┤       ⡏⠉⠉⠉⠉⠉ ↑↑↑↑↑↑ ⠉⠉⠉⠉⠉⠉
        │      ⢠⠃
        │      ⢸
        │      ⢸
        │      ⡜
      1 ┤⣀⣀⣀⣀⣀⣀⡇                     ↓↓↓↓↓↓⢀⣀⣀⣀⣀⣀⣀
        └┬───────────────────┬───────────────────┬
       12:00               12:05             12:10
      ━━ odd  1
      "
    `)
    const never = line('never', [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY])
    expect(draw([never], { height: 3 })).toMatchInlineSnapshot(`
      "
      1 ┤↑                                       ↑
        │
      0 ┤
        └┬───────────────────┬───────────────────┬
       12:00               12:05             12:10
      ━━ never  +Inf
      "
    `)
  })

  it('tells a series that is NaN from one that is not there', () => {
    const nan = { name: 'nan', values: Float64Array.of(Number.NaN, Number.NaN), last: Number.NaN }
    const none = { name: 'none', values: Float64Array.of(Number.NaN, Number.NaN), last: undefined }
    expect(draw([nan, none], { height: 3 })).toMatchInlineSnapshot(`
      "
      1 ┤
        │
      0 ┤
        └┬───────────────────┬───────────────────┬
       12:00               12:05             12:10
      a nan        NaN
      b none  no value
      "
    `)
  })

  it('shows a single point', () => {
    expect(draw([line('one', [5])], { height: 3 })).toMatchInlineSnapshot(`
      "
      5 ┤                                        ⠈
        │
      0 ┤
        └┬───────────────────┬───────────────────┬
       12:00               12:05             12:10
      ━━ one  5
      "
    `)
  })

  it('keeps spikes that are narrower than a column', () => {
    const spike = line(
      'spike',
      steps(10_000, (i) => (i === 5000 ? 100 : 0)),
    )
    expect(drawChart([spike], options).split('\n')[0]).toMatch(/[\u2801-\u28ff]/)
  })

  it('limits the legend and counts the rest', () => {
    const many = steps(30, (i) => i).map((i) => line(`{n="${i}"}`, [i, i]))
    const rows = drawChart(many, { ...options, legendRows: 3 }).split('\n')
    expect(rows.slice(-4)).toEqual([
      'a {n="0"}  0',
      'b {n="1"}  1',
      'c {n="2"}  2',
      '· 27 more series',
    ])
    const painted = drawChart(many, { ...options, legendRows: 3, color: true }).split('\n')
    expect(painted.at(-1)).toBe('\u001b[90m━━\u001b[0m 27 more series')
  })

  it('repeats colours when the legend is longer than there are any', () => {
    const many = steps(13, (i) => i).map((i) => line(`n${i}`, [i, i]))
    const rows = drawChart(many, { ...options, legendRows: 13, color: true }).split('\n')
    expect(rows.at(-13)).toContain('\u001b[36m')
    expect(rows.at(-1)).toContain('\u001b[36m')
  })

  it('cuts names that are longer than the terminal is wide, and aligns the values', () => {
    const lines = [line(`{path="/${'x'.repeat(80)}"}`, [1234, 1234]), line('{path="東京"}', [5, 5])]
    const rows = drawChart(lines, options).split('\n').slice(-2)
    expect(rows).toMatchInlineSnapshot(`
      [
        "a {path="/xxxxxxxxxxxxxxxxxxxxxxxxx…  1.234k",
        "b {path="東京"}                            5",
      ]
    `)
  })

  it.each([20, 30, 60, 100, 200])('is never wider than %i columns', (width) => {
    const lines = [
      line(
        '{instance="localhost:9100", mode="idle"}',
        steps(50, (i) => i * 1e9),
      ),
      line(
        'short',
        steps(50, (i) => -i * 1e8),
      ),
    ]
    for (const row of drawChart(lines, { ...options, width, title: 'node_cpu{job="node"}' }).split(
      '\n',
    )) {
      expect(row.length).toBeLessThanOrEqual(width)
    }
  })

  it('survives values at the ends of the range of doubles', () => {
    const ends = [Number.MAX_VALUE, -Number.MAX_VALUE, Number.MIN_VALUE, 0]
    expect(draw([line('ends', ends)], { height: 3 })).toMatchInlineSnapshot(`
      "
       1e+300 ┤⠉⠒⠤⣀
            0 ┤    ⠉⠒⠤⣀            ⣀⣀⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤
      -1e+300 ┤        ⠉⠒⠤⣀⣀⠤⠤⠒⠒⠊⠉⠉
              └┬────────────────┬────────────────┬
             12:00            12:05          12:10
      ━━ ends  0
      "
    `)
    expect(draw([line('near', [1e9, 1e9 + 1e-7])], { height: 3 })).toMatchInlineSnapshot(`
      "
      1G ┤⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉
         │
       0 ┤
         └┬───────────────────┬──────────────────┬
        12:00               12:05            12:10
      ━━ near  1G
      "
    `)
  })
})
