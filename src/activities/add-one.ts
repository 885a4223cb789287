/** As little as an activity can do: what a step costs by itself. */
export async function addOne(value: number): Promise<number> {
  return value + 1;
}
