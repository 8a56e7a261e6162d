namespace Sluice.Gateway.Docs;

/// <summary>
/// <c>/openapi/v1.json</c>, the public surface as one OpenAPI 3.1 document, and <c>/docs</c>, its reader. No key.
/// </summary>
internal static class DocsEndpoints
{
    private static readonly Lazy<byte[]> Document = new(() => EmbeddedFile.Read("openapi.json"));

    public static void MapDocs(this WebApplication app)
    {
        app.MapGet("/openapi/v1.json", () => Results.Bytes(Document.Value, "application/json"));
        app.UseSwaggerUI(ui =>
        {
            ui.RoutePrefix = "docs";
            ui.DocumentTitle = "Sluice API";
            ui.SwaggerEndpoint("/openapi/v1.json", "Sluice");
        });
    }
}
