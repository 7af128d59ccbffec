/**
 * A sum with Neumaier's compensation, as Prometheus keeps it (util/kahansum): `total + compensation` is the result. The
 * compensation is given up once the sum is infinite.
 */
export class KahanSum {
  total: number
  compensation = 0

  constructor(start = 0) {
    this.total = start
  }

  add(value: number): void {
    const before = this.total
    const sum = before + value
    if (sum === Infinity || sum === -Infinity) this.compensation = 0
    else if (Math.abs(before) >= Math.abs(value)) this.compensation += before - sum + value
    else this.compensation += value - sum + before
    this.total = sum
  }
}
