export async function measure(text: string): Promise<number> {
  return text.length;
}

export async function enlarge(text: string): Promise<string> {
  return text + text;
}
