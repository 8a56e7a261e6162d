using System.ClientModel;
using OpenAI;
using OpenAI.Chat;
using Sluice.Tests.EndToEnd.Cluster;

namespace Sluice.Tests.EndToEnd.Chat;

/// <summary>The official .NET client, pointed at Sluice's gateways in turn.</summary>
internal static class OpenAiClients
{
    public static OpenAIClient Client(SluiceFixture sluice) => new(
        new ApiKeyCredential(TestKeys.Dev),
        new OpenAIClientOptions { Endpoint = new Uri(sluice.Url, "/v1"), Transport = sluice.Transport });

    public static ChatClient Chat(SluiceFixture sluice, string model = "sluice-sim") =>
        Client(sluice).GetChatClient(model);
}
