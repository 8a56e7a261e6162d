using System.ClientModel;
using OpenAI;
using OpenAI.Chat;
using Sluice.Tests.EndToEnd.Cluster;

namespace Sluice.Tests.EndToEnd.Chat;

/// <summary>The official .NET client, pointed at Sluice.</summary>
internal static class OpenAiClients
{
    public static OpenAIClient Client(Uri gateway, string key = TestKeys.Dev) => new(
        new ApiKeyCredential(key), new OpenAIClientOptions { Endpoint = new Uri(gateway, "/v1") });

    public static ChatClient Chat(Uri gateway, string model = "sluice-sim") => Client(gateway).GetChatClient(model);
}
