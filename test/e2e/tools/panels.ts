/** A page of 2,000 series as services expose them: 20 instances of 4 counters x 20 routes and a histogram of 20 buckets. */
export function createServicePage(instances: number): () => string {
  let scrapes = 0
  return () => {
    scrapes++
    const lines: string[] = []
    for (let instance = 0; instance < instances; instance++) addInstance(lines, instance, scrapes)
    return `${lines.join('\n')}\n`
  }
}

/** Series of one instance; together with the sum and count of its histogram 100 of them. */
function addInstance(lines: string[], instance: number, scrapes: number): void {
  for (let route = 0; route < 18; route++) {
    for (const code of ['200', '404', '500', '503']) {
      const total = scrapes * (route + 3) * (instance + 1) + Number(code)
      lines.push(
        `shop_requests_total{shop="s${instance}",route="/r${route}",code="${code}"} ${total}`,
      )
    }
  }
  let below = 0
  for (let bucket = 0; bucket < 24; bucket++) {
    below += scrapes * (25 - bucket)
    const le = bucket === 23 ? '+Inf' : String(0.001 * 1.5 ** bucket)
    lines.push(`shop_latency_seconds_bucket{shop="s${instance}",le="${le}"} ${below}`)
  }
  lines.push(`shop_latency_seconds_sum{shop="s${instance}"} ${below * 0.07}`)
  lines.push(`shop_latency_seconds_count{shop="s${instance}"} ${below}`)
  lines.push(`shop_open_carts{shop="s${instance}"} ${(scrapes * 7 + instance) % 40}`)
  lines.push(`shop_build_info{shop="s${instance}",version="1.${instance % 3}"} 1`)
}

/** The queries of a dashboard of 20 panels over that page. */
export const panels: readonly string[] = [
  'sum(rate(shop_requests_total[2m]))',
  'sum by (code) (rate(shop_requests_total[2m]))',
  'sum by (shop) (rate(shop_requests_total[2m]))',
  'topk(5, sum by (route) (rate(shop_requests_total[2m])))',
  'sum(rate(shop_requests_total{code=~"5.."}[2m])) / sum(rate(shop_requests_total[2m]))',
  'sum by (shop) (rate(shop_requests_total{code="500"}[2m])) > 0',
  'histogram_quantile(0.5, sum by (le) (rate(shop_latency_seconds_bucket[2m])))',
  'histogram_quantile(0.9, sum by (le) (rate(shop_latency_seconds_bucket[2m])))',
  'histogram_quantile(0.99, sum by (le, shop) (rate(shop_latency_seconds_bucket[2m])))',
  'sum(rate(shop_latency_seconds_sum[2m])) / sum(rate(shop_latency_seconds_count[2m]))',
  'sum(shop_open_carts)',
  'max by (shop) (max_over_time(shop_open_carts[5m]))',
  'avg_over_time(shop_open_carts[5m])',
  'count by (version) (shop_build_info)',
  'sum by (version) (rate(shop_latency_seconds_count[2m]) * on (shop) group_left (version) shop_build_info)',
  'rate(shop_requests_total{shop="s3",code="200"}[2m])',
  'increase(shop_requests_total{shop="s7",route="/r1"}[5m])',
  'up',
  'scrape_duration_seconds',
  'sum(increase(shop_requests_total[5m]))',
]
