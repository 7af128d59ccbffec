/**
 * What the specification asks of the samples of one histogram at one time: ascending bounds, counts that never fall, a last
 * bucket of `+Inf` whose value is the count, and count and sum together or not at all.
 */
export class HistogramGroup {
  #bound = Number.NEGATIVE_INFINITY
  #bucket = 0
  #hasBuckets = false
  #hasNegativeBounds = false
  #count: number | undefined
  #sum: number | undefined

  /** Takes a bucket; returns what is wrong with it, or ''. */
  addBucket(bound: number, value: number): string {
    if (this.#hasBuckets && bound <= this.#bound)
      return 'the buckets are not in order of their bounds'
    if (this.#hasBuckets && value < this.#bucket) return 'the buckets are not cumulative'
    this.#hasBuckets = true
    this.#hasNegativeBounds ||= bound < 0
    this.#bound = bound
    this.#bucket = value
    return ''
  }

  addCount(value: number): void {
    this.#count = value
  }

  addSum(value: number): void {
    this.#sum = value
  }

  /** What is wrong with the whole, or ''. */
  finish(isGauge: boolean): string {
    if (this.#bound !== Number.POSITIVE_INFINITY) return 'the bucket of le="+Inf" is missing'
    if (this.#count !== undefined && this.#count !== this.#bucket) {
      return 'the count is not the value of the bucket of le="+Inf"'
    }
    if ((this.#count === undefined) !== (this.#sum === undefined)) {
      return 'a count and a sum stand together or not at all'
    }
    if (this.#sum === undefined) return ''
    if (!isGauge && this.#hasNegativeBounds) return 'a histogram with negative buckets has no sum'
    if (isGauge && this.#sum < 0 && !this.#hasNegativeBounds) {
      return 'a sum without negative buckets is not negative'
    }
    return ''
  }
}
