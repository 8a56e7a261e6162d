using System.Text;
using Sluice.Inference;
using Sluice.Inference.Chat;
using Sluice.Inference.Embeddings;
using Sluice.Inference.Providers;

namespace Sluice.Simulator;

/// <summary>
/// The simulated model as an OpenAI-compatible server: the witness of fault tests and the provider of latency benches.
/// Serves every model name; its directives act over HTTP, a <c>fail_after</c> resets the socket. Listens on
/// <c>--urls</c>, or where <c>--Kestrel:Endpoints</c> says, which may also have HTTP/2 without TLS.
/// </summary>
public static class SimulatorHost
{
    private const long MaxRequestBytes = 256L << 20;

    /// <summary>
    /// Builds the application; <paramref name="args"/> are configuration keys (<c>--urls=http://…</c>).
    /// </summary>
    public static WebApplication Build(string[] args)
    {
        var builder = WebApplication.CreateBuilder(args);
        builder.Logging.SetMinimumLevel(LogLevel.Warning);

        // Resets are made by exceptions, see SimulatorAnswers.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Server.Kestrel", LogLevel.Critical);
        builder.Logging.AddFilter("Microsoft.AspNetCore.Diagnostics", LogLevel.Critical);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = MaxRequestBytes;
        });
        builder.Services.AddInference();
        builder.Services.AddSingleton<CallCounters>();
        var app = builder.Build();
        app.MapPost("/v1/chat/completions", (RequestDelegate)CreateAsync);
        app.MapPost("/v1/embeddings", (RequestDelegate)EmbedAsync);
        app.MapGet("/v1/models", (RequestDelegate)SimulatorAnswers.ModelsAsync);
        app.MapGet("/stats", (RequestDelegate)StatsAsync);
        app.MapGet("/healthz/live", () => "ok");
        return app;
    }

    private static Task StatsAsync(HttpContext context)
    {
        context.Response.ContentType = "application/json";
        return context.Response.Body.WriteAsync(
            context.RequestServices.GetRequiredService<CallCounters>().ToJson(), context.RequestAborted).AsTask();
    }

    private static async Task<ReadOnlyMemory<byte>> ReadAsync(HttpContext context)
    {
        var buffer = new MemoryStream();
        await context.Request.Body.CopyToAsync(buffer, context.RequestAborted);
        return buffer.GetBuffer().AsMemory(0, (int)buffer.Length);
    }

    private static async Task EmbedAsync(HttpContext context)
    {
        if (!EmbeddingRequest.TryRead(await ReadAsync(context), out var request, out var error))
        {
            await SimulatorAnswers.RefuseAsync(context, 400, Encoding.UTF8.GetBytes(error.Message));
            return;
        }

        context.RequestServices.GetRequiredService<IModelCatalog>().TryResolve("sluice-sim", out var model);
        await SimulatorAnswers.AnswerAsync(context, await model!.EmbedAsync(request, context.RequestAborted));
    }

    private static async Task CreateAsync(HttpContext context)
    {
        var body = await ReadAsync(context);
        if (!ChatRequest.TryRead($"chatcmpl-sim{Guid.CreateVersion7():N}", body, out var request, out var error))
        {
            await SimulatorAnswers.RefuseAsync(context, 400, Encoding.UTF8.GetBytes(error.Message));
            return;
        }

        var counters = context.RequestServices.GetRequiredService<CallCounters>();
        context.RequestServices.GetRequiredService<IModelCatalog>().TryResolve("sluice-sim", out var model);
        counters.Begin(request);
        try
        {
            await SimulatorAnswers.AnswerAsync(context, model!, request);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            counters.Aborted();
        }
        finally
        {
            counters.End();
        }
    }
}
