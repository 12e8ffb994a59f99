// Draw a line around nodes to select them.

/** Lay a sheet over `place` until a shape is drawn or Escape is pressed; resolves to the shape, or null. */
export function lasso(place: HTMLElement, colour: string): Promise<[number, number][] | null> {
  const sheet = document.createElement("canvas");
  sheet.className = "lasso";
  sheet.width = place.clientWidth;
  sheet.height = place.clientHeight;
  place.append(sheet);
  const context = sheet.getContext("2d")!;
  context.strokeStyle = colour;
  context.lineWidth = 1.5;
  const points: [number, number][] = [];
  return new Promise((resolve) => {
    const done = (shape: [number, number][] | null) => {
      document.removeEventListener("keydown", onKey);
      sheet.remove();
      resolve(shape);
    };
    const onKey = (event: KeyboardEvent) => event.key === "Escape" && done(null);
    document.addEventListener("keydown", onKey);
    sheet.addEventListener("pointerdown", (event) => {
      sheet.setPointerCapture(event.pointerId);
      points.push([event.offsetX, event.offsetY]);
      context.beginPath();
      context.moveTo(event.offsetX, event.offsetY);
    });
    sheet.addEventListener("pointermove", (event) => {
      if (!points.length) return;
      points.push([event.offsetX, event.offsetY]);
      context.lineTo(event.offsetX, event.offsetY);
      context.stroke();
    });
    sheet.addEventListener("pointerup", () => done(points.length > 2 ? points : null));
    sheet.addEventListener("pointercancel", () => done(null));
  });
}
