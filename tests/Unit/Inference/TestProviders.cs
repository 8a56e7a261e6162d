using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Shouldly;
using Sluice.Inference;
using Sluice.Inference.Chat;
using Sluice.Inference.Providers;

namespace Sluice.Tests.Unit.Inference;

/// <summary>The real catalog over a configuration given as keys.</summary>
internal static class TestProviders
{
    public static ServiceProvider Services(params (string Key, string Value)[] configuration)
    {
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder()
            .AddInMemoryCollection(configuration.Select(c => new KeyValuePair<string, string?>(c.Key, c.Value)))
            .Build());
        services.AddInference();
        return services.BuildServiceProvider();
    }

    public static IModelProvider Simulated(ServiceProvider services)
    {
        services.GetRequiredService<IModelCatalog>().TryResolve("sluice-sim", out var provider).ShouldBeTrue();
        return provider!;
    }

    public static ChatRequest Request(string message, string more = "")
    {
        var content = JsonSerializer.Serialize(message);
        return Read($$"""{"model":"sluice-sim","messages":[{"role":"user","content":{{content}}}]{{more}}}""");
    }

    public static ChatRequest Read(string body)
    {
        var read = ChatRequest.TryRead("chatcmpl-1", Encoding.UTF8.GetBytes(body), out var request, out var error);
        read.ShouldBeTrue(error?.Message);
        return request!;
    }

    public static async Task<string> Answer(this IModelProvider provider, string message, string more = "")
    {
        var answer = await provider.CompleteAsync(Request(message, more), CancellationToken.None);
        answer.IsSuccess.ShouldBeTrue(answer.Failure?.Message);
        return Content(answer);
    }

    public static string Content(ModelAnswer answer)
    {
        using var json = JsonDocument.Parse(answer.Body);
        return json.RootElement.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString()!;
    }

    public static async Task<List<string>> Tokens(this IModelProvider provider, string message, string more = "")
    {
        var tokens = new List<string>();
        await foreach (var chunk in provider.StreamAsync(Request(message, ",\"stream\":true" + more), default))
        {
            if (chunk.Parts == ChatChunkParts.Content)
            {
                using var json = JsonDocument.Parse(chunk.Json);
                tokens.Add(json.RootElement.GetProperty("choices")[0].GetProperty("delta").GetProperty("content")
                    .GetString()!);
            }
        }

        return tokens;
    }
}
