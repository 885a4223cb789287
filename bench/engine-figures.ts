export async function measureEngine(origin: string) { return {}; }
