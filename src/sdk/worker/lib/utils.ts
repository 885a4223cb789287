export const MiB: number = 1024 ** 2;

/** Bytes as megabytes, with so many digits after the point. */
export function toMB(bytes: number, fractionDigits = 2): string {
  return (bytes / 1024 / 1024).toFixed(fractionDigits);
}
