export async function step(bytes: number): Promise<string> {
  return 'x'.repeat(bytes);
}

export async function pause(ms: number): Promise<void> {
  if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
}
