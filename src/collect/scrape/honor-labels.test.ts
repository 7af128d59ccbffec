import { describe, expect, it } from 'vitest'
import { TestTarget } from './test-scrape.ts'

describe('an empty value of a label', () => {
  const page = 'a{instance="",x="1"} 1\nb{x="",job="own"} 2\n'

  it('says that the series has no such label where labels are honored, as Pushgateway means it', () => {
    const { sink, ...target } = scraped('honor_labels: true')
    expect(target.up).toBe(true)
    expect(sink).toEqual(['a{job="j", x="1"} 1 @1000', 'b{instance="web:80", job="own"} 2 @1000'])
  })

  it('says nothing elsewhere', () => {
    expect(scraped('').sink).toEqual([
      'a{instance="web:80", job="j", x="1"} 1 @1000',
      'b{exported_job="own", instance="web:80", job="j"} 2 @1000',
    ])
  })

  function scraped(settings: string): { up: boolean; sink: string[] } {
    const target = new TestTarget(settings)
    const { up } = target.page(page, 1000)
    return { up, sink: target.sink.lines.slice(0, 2) }
  }
})
