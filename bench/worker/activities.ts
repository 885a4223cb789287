export async function step(bytes: number): Promise<string> {
  return 'x'.repeat(bytes);
}
