using System.Text;
using Sluice.Gateway.Identity;

namespace Sluice.Gateway.Play;

/// <summary>
/// <c>/play</c>: a page that shows a stream live, cuts its connection and resumes it. In Development only, as it hands
/// out a key; elsewhere its addresses do not exist.
/// </summary>
internal static class PlayEndpoints
{
    private const string KeyMark = "{development-key}";

    /// <summary>Nothing but this gateway: no inline script or style, no other host, no frame around it.</summary>
    private const string Policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        + "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    public static void MapPlay(this WebApplication app)
    {
        if (!app.Environment.IsDevelopment())
        {
            return;
        }

        // With keys of its own, a Development gateway may not know the development key: then the page asks for one.
        var keys = app.Services.GetRequiredService<KeyRing>();
        var key = keys.Find(DevelopmentKey.Value) is null ? "" : DevelopmentKey.Value;
        var page = Encoding.UTF8.GetString(EmbeddedFile.Read("play.html"))
            .Replace(KeyMark, key, StringComparison.Ordinal);
        Map(app, "/play", "text/html", Encoding.UTF8.GetBytes(page));
        Map(app, "/play/play.js", "text/javascript", EmbeddedFile.Read("play.js"));
        Map(app, "/play/play.css", "text/css", EmbeddedFile.Read("play.css"));
    }

    private static void Map(WebApplication app, string path, string type, byte[] content) =>
        app.MapGet(path, (HttpContext context) =>
        {
            var headers = context.Response.Headers;
            headers.ContentSecurityPolicy = Policy;
            headers.XContentTypeOptions = "nosniff";
            headers["Referrer-Policy"] = "no-referrer";
            headers.CacheControl = "no-cache";
            return Results.Bytes(content, $"{type}; charset=utf-8");
        });
}
